-- Rows that come and whose parent is not there and does not come with them, or goes in the same step.
SELECT {select}
FROM {child_stage} s
WHERE s."bucardo$present" AND {refers}
  AND NOT EXISTS (SELECT FROM {parent} p WHERE {refers_to_standing}{stays})
  {comes}
