-- Organisations that the file names and nobody knows yet go under their district's own.
INSERT INTO organisation (code, level, name_zh, district_code, parent_id, source)
SELECT
  %(source)s || ':' || left(md5(i.organisation), 12),
  'venue',
  i.organisation,
  min(i.district_code),
  (SELECT min(o.id) FROM organisation AS o WHERE o.level = 'district' AND o.district_code = min(i.district_code)),
  %(source)s
FROM incoming AS i
WHERE i.organisation IS NOT NULL
  AND NOT EXISTS (SELECT FROM organisation AS o WHERE o.code = i.organisation)
  AND NOT EXISTS (SELECT FROM organisation AS o WHERE o.name_zh = i.organisation)
GROUP BY i.organisation
ON CONFLICT (code) DO NOTHING;
