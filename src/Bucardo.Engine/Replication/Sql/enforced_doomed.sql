-- Rows that are to go though others stand here that refer to them and of which the step says nothing.
SELECT DISTINCT {key}, s."bucardo$origin", s."bucardo$version"::text, s."bucardo$at"
FROM {parent_stage} s
JOIN {parent} p ON {same}
JOIN {child} t ON {refers_to_standing}
WHERE NOT s."bucardo$present"{unstaged}
