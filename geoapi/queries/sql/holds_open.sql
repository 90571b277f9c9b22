exact.starts_at <= walk.arrival AND exact.ends_at >= walk.arrival + %(stay)s::interval
