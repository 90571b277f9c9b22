AND slot.amenity_ids @> %(amenity_ids)s::smallint[]
      AND NOT EXISTS (
        SELECT
        FROM amenity_outage AS out_of_order
        WHERE out_of_order.station_id = slot.station_id
          AND out_of_order.amenity_id = ANY (%(amenity_ids)s::smallint[])
          AND out_of_order.during @> walk.arrival
      )
