-- Names that differ in what nobody sees are one name, as the folded form has it from here on: without
-- emoji selectors, and with one space where there were several (a name has 80 characters at the most).
-- Where that one is taken already, the old form stays: whoever has the plain name keeps it.
UPDATE OR IGNORE accounts
SET username_folded = replace(replace(replace(replace(replace(replace(replace(
        username_folded, char(0xfe0e), ''), char(0xfe0f), ''),
        '     ', ' '), '    ', ' '), '   ', ' '), '  ', ' '), '  ', ' ')
WHERE instr(username_folded, char(0xfe0e)) > 0
   OR instr(username_folded, char(0xfe0f)) > 0
   OR instr(username_folded, '  ') > 0;

-- Of two tails of one account that become the same, one is enough.
UPDATE OR REPLACE name_tails
SET tail = replace(replace(replace(replace(replace(replace(replace(
        tail, char(0xfe0e), ''), char(0xfe0f), ''),
        '     ', ' '), '    ', ' '), '   ', ' '), '  ', ' '), '  ', ' ')
WHERE instr(tail, char(0xfe0e)) > 0
   OR instr(tail, char(0xfe0f)) > 0
   OR instr(tail, '  ') > 0;

UPDATE OR REPLACE title_tails
SET tail = replace(replace(replace(replace(replace(replace(replace(
        tail, char(0xfe0e), ''), char(0xfe0f), ''),
        '     ', ' '), '    ', ' '), '   ', ' '), '  ', ' '), '  ', ' ')
WHERE instr(tail, char(0xfe0e)) > 0
   OR instr(tail, char(0xfe0f)) > 0
   OR instr(tail, '  ') > 0;
