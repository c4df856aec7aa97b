----------------------------------------------------------------------
-- HTML: pieces that pages are put together from. Every piece escapes the text
-- that it is given; what is markup already is called so. A page is one document
-- without a script and without a reference to anything outside of it, which its
-- own policy forbids, too.
----------------------------------------------------------------------

-- What is not a printable ASCII character is written as its number, so that a page is the same
-- in every encoding of a client; what is no character for people (controls, and those that turn
-- the direction of text around) as a question mark.
CREATE FUNCTION @extschema@.hcc_html_characters(plain text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(string_agg(CASE
			WHEN s.c ~ '[ -~]' THEN s.c
			WHEN s.c IN (E'\t', E'\n', E'\r') THEN ' '
			WHEN s.c ~ '[\x01-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]'
				THEN '?'
			-- elsewhere ascii() knows no code points
			WHEN getdatabaseencoding() = 'UTF8' THEN '&#' || ascii(s.c) || ';'
			ELSE s.c END, '' ORDER BY s.n), '')
	FROM unnest(string_to_array(hcc_html_characters.plain, NULL)) WITH ORDINALITY s (c, n);
END;
COMMENT ON FUNCTION @extschema@.hcc_html_characters(text) IS
	'Text with everything but printable ASCII as numeric references, controls as question marks.';

CREATE FUNCTION @extschema@.html_escape(plain text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 5
BEGIN ATOMIC
	SELECT CASE WHEN e.escaped ~ '[^ -~]' THEN @extschema@.hcc_html_characters(e.escaped)
		ELSE e.escaped END
	FROM (SELECT replace(replace(replace(replace(replace(html_escape.plain, '&', '&amp;'),
		'<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;') AS escaped) e;
END;
COMMENT ON FUNCTION @extschema@.html_escape(text) IS
	'Text as the content or the quoted attribute of an element of HTML or SVG, in ASCII.';

-- Colours have a name each and two values. c1 to c6 of charts differ in lightness as well as in
-- hue, for who sees no red or no green; the suite pages measures both, and every contrast.
CREATE FUNCTION @extschema@.hcc_html_style() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '
:root { color-scheme: light dark; --paper: #f4f5f7; --card: #ffffff; --ink: #17202b;
	--soft: #55606e; --line: #d9dee4; --grid: #e6e9ed; --link: #0b5cad; --warn: #8a4b00;
	--warn-back: #fff6e5;
	--c1: #1f6fb2; --c2: #d1600a; --c3: #14532d; --c4: #b8739b; --c5: #5b6675; --c6: #8a6d1d }
@media (prefers-color-scheme: dark) { :root { --paper: #10151b; --card: #182029; --ink: #e8ecf1;
	--soft: #a6b1be; --line: #313c48; --grid: #2a343f; --link: #7db8f0; --warn: #f3c778;
	--warn-back: #2d2413; --c1: #5aa9e6; --c2: #f09a4a; --c3: #a8dcc0; --c4: #c9558b;
	--c5: #98a4b3; --c6: #d3b75c } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink);
	font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
	"Liberation Sans", sans-serif }
header, main, footer, nav { max-width: 1200px; margin: 0 auto; padding: 0 24px }
header { padding-top: 40px }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 6px;
	overflow-wrap: anywhere }
h2 { font-size: 20px; line-height: 1.3; margin: 0 0 4px }
h3 { font-size: 16px; margin: 28px 0 4px }
p { margin: 0 0 12px; max-width: 72ch; overflow-wrap: anywhere }
ul.plain { margin: 0 0 12px; padding-left: 20px; max-width: 72ch }
a { color: var(--link); text-underline-offset: 2px }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link);
	outline-offset: 2px; border-radius: 3px }
.skip { position: absolute; left: -9999px }
.skip:focus { left: 16px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 1 }
.sub, .lead, .fine { color: var(--soft) }
.fine { font-size: 14px; margin-top: 10px }
nav { margin: 16px auto 20px }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 6px 18px;
	font-size: 15px }
nav a { display: inline-block; padding: 3px 0 }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
	padding: 22px 24px 20px; margin: 0 0 20px }
.tiles { display: grid; gap: 12px; margin: 0 0 20px;
	grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)) }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
	padding: 14px 16px 12px }
.tiles dt { color: var(--soft); font-size: 14px; line-height: 1.35 }
.tiles dd { margin: 0; overflow-wrap: anywhere }
.tiles dd.figure { font-size: 27px; font-weight: 650; letter-spacing: -0.015em; line-height: 1.3 }
.tiles dd.fine { font-size: 13px; margin: 0 }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 20px 40px;
	align-items: start; margin-top: 14px }
.pair > * { min-width: 0 }
.below { margin-top: 18px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.35 }
caption { text-align: left; color: var(--soft); padding: 0 0 6px; font-size: 14px }
th, td { text-align: left; vertical-align: top; padding: 6px 10px 6px 0;
	border-bottom: 1px solid var(--grid); overflow-wrap: break-word; hyphens: auto }
th { font-weight: 500 }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom;
	border-bottom: 1px solid var(--line) }
tr.total > * { font-weight: 650; border-top: 1px solid var(--line) }
.n { text-align: right; font-variant-numeric: tabular-nums; padding-left: 6px; hyphens: none }
td.n { white-space: nowrap }
thead .n { overflow-wrap: break-word; hyphens: auto }
th:last-child, td:last-child { padding-right: 0 }
.code { overflow-wrap: anywhere; hyphens: none }
.day { white-space: nowrap }
.questions { list-style: none; margin: 14px 0 0; padding: 0 }
.questions > li { border-top: 1px solid var(--line); padding: 12px 0 10px;
	display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 28px; break-inside: avoid }
.questions h3 { margin: 0 } .questions p { margin: 2px 0 0; color: var(--soft) }
.boxes { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px;
	align-content: start }
.boxes li { padding-left: 23px; position: relative }
.boxes li::before { content: ""; position: absolute; left: 0; top: 4px; width: 14px; height: 14px;
	border: 1.5px solid var(--soft); border-radius: 2px }
.missing { border-left: 4px solid var(--warn); background: var(--warn-back); padding: 10px 14px;
	margin: 12px 0 4px; border-radius: 0 6px 6px 0; max-width: none }
.missing b { color: var(--warn) }
code { font: 0.9em/1.4 ui-monospace, "Cascadia Mono", Menlo, "Liberation Mono", monospace;
	overflow-wrap: anywhere }
figure { margin: 0 }
.chart { display: block; overflow: visible; padding-right: 2px; font-size: 13px }
.chart .label, .chart .value { fill: var(--ink) }
.chart .value { text-anchor: end; font-weight: 600; font-variant-numeric: tabular-nums;
	paint-order: stroke; stroke: var(--card); stroke-width: 3px }
.chart .tick, .chart .soft { fill: var(--soft); font-size: 12px }
.chart .axis { stroke: var(--soft); stroke-width: 1 }
.chart .grid { stroke: var(--grid); stroke-width: 1 }
.chart .mark { stroke: var(--ink); stroke-width: 3 }
.chart .piece { stroke: var(--card); stroke-width: 1 }
.chart .over { overflow: visible }
.chart path { fill: none; stroke-width: 2.5; vector-effect: non-scaling-stroke;
	stroke-linejoin: round }
.chart .wide { display: none }
.c1 { fill: var(--c1) } .c2 { fill: var(--c2) } .c3 { fill: var(--c3) } .c4 { fill: var(--c4) }
.c5 { fill: var(--c5) } .c6 { fill: var(--c6) }
.l1 { stroke: var(--c1) } .l2 { stroke: var(--c2); stroke-dasharray: 6 4 }
.l3 { stroke: var(--c3); stroke-dasharray: 2 4 } .l4 { stroke: var(--c4) }
.l5 { stroke: var(--c5) } .l6 { stroke: var(--c6) }
footer { color: var(--soft); font-size: 14px; padding-top: 4px; padding-bottom: 48px }
footer h2 { font-size: 16px; color: var(--ink) }
@media (min-width: 1000px) { .chart .wide { display: inline } .chart .narrow { display: none } }
@media screen and (max-width: 760px) { .pair { grid-template-columns: minmax(0, 1fr) }
	header, main, footer, nav { padding-left: 14px; padding-right: 14px }
	header { padding-top: 24px } h1 { font-size: 25px } section { padding: 18px 14px 16px }
	.tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px }
	.questions > li { grid-template-columns: minmax(0, 1fr) }
	.tiles div { padding: 12px 12px 10px } .tiles dd.figure { font-size: 22px }
	th, td { padding-right: 5px; font-size: 12.5px } .n { padding-left: 3px } }
@page { size: A4; margin: 14mm 13mm }
@media print { :root { color-scheme: light; --paper: #ffffff; --card: #ffffff; --ink: #000000;
	--soft: #444b55; --line: #b9c0c8; --grid: #dde1e6; --link: #000000; --warn: #6b3a00;
	--warn-back: #ffffff; --c1: #1f6fb2; --c2: #d1600a; --c3: #14532d; --c4: #b8739b;
	--c5: #5b6675; --c6: #8a6d1d }
	* { print-color-adjust: exact; -webkit-print-color-adjust: exact }
	body { font-size: 10.5pt } nav, .skip { display: none }
	header, main, footer { max-width: none; padding: 0 } h1 { font-size: 20pt }
	section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 14px 0 4px }
	.pair { gap: 14px 26px } .scroll { overflow: visible }
	table { font-size: 8.5pt } th, td { font-size: inherit; padding: 3px 6px 3px 0 }
	h2, h3, .lead, caption, thead { break-after: avoid } figure, tr, .tiles div, svg
	{ break-inside: avoid } .tiles { grid-template-columns: repeat(3, 1fr) } }
';
COMMENT ON FUNCTION @extschema@.hcc_html_style() IS
	'The style sheet of every page: light, dark, on paper, on a phone.';

-- What is not known is said, and with what command it will be.
CREATE FUNCTION @extschema@.hcc_html_missing(message text, hint text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format('<p class="missing"><b>Not known:</b> %s.%s</p>',
	@extschema@.html_escape(rtrim(message, '.')),
	COALESCE(' <code>' || @extschema@.html_escape(NULLIF(hint, '')) || '</code>', ''));
COMMENT ON FUNCTION @extschema@.hcc_html_missing(text, text) IS
	'A paragraph that says what is not known, and what to do about it.';

CREATE FUNCTION @extschema@.hcc_html_p(plain text, class text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(format('<p%s>%s</p>', COALESCE(' class="' || class || '"', ''),
	@extschema@.html_escape(plain)), '');
COMMENT ON FUNCTION @extschema@.hcc_html_p(text, text) IS 'A paragraph, nothing of NULL.';

CREATE FUNCTION @extschema@.hcc_html_row(cells text[], kinds text, tag text, class text)
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('<tr%s>%s</tr>',
		CASE WHEN hcc_html_row.class <> '' THEN format(' class="%s"', hcc_html_row.class)
			ELSE '' END,
		string_agg(format('<%1$s%2$s%3$s>%4$s</%1$s>', k.tag,
			CASE WHEN hcc_html_row.tag = 'th' THEN ' scope="col"'
				WHEN k.tag = 'th' THEN ' scope="row"' ELSE '' END,
			CASE k.kind WHEN 'n' THEN ' class="n"' WHEN 'c' THEN ' class="code"' ELSE '' END,
			CASE WHEN hcc_html_row.tag = 'th' THEN k.cell
				WHEN k.kind = 'k' THEN replace(k.cell, '_', '_<wbr>')
				WHEN k.kind = 'd' THEN regexp_replace(k.cell, '\d{4}-\d\d-\d\d',
					'<span class="day">\&</span>', 'g')
				ELSE k.cell END), '' ORDER BY c.n))
	FROM unnest(hcc_html_row.cells) WITH ORDINALITY c (cell, n)
		CROSS JOIN LATERAL (SELECT substr(hcc_html_row.kinds, c.n::integer, 1) AS kind,
			CASE WHEN c.n = 1 THEN 'th' ELSE hcc_html_row.tag END AS tag,
			COALESCE(NULLIF(@extschema@.html_escape(c.cell), ''), '&#8211;') AS cell) k;
END;
COMMENT ON FUNCTION @extschema@.hcc_html_row(text[], text, text, text) IS
	'A row, its first cell a heading; kinds: t text, n number, d days, k key, c code.';

-- A region that scrolls can be reached by keyboard, and so it needs a name.
CREATE FUNCTION @extschema@.hcc_html_table(caption text, columns text[], kinds text,
	cells text[], has_total boolean DEFAULT false) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('<div class="scroll" role="region" tabindex="0" aria-label="%1$s"><table>'
			'<caption>%1$s</caption><thead>%2$s</thead><tbody>%3$s</tbody></table></div>',
		@extschema@.html_escape(hcc_html_table.caption),
		@extschema@.hcc_html_row(hcc_html_table.columns, hcc_html_table.kinds, 'th', ''),
		COALESCE(string_agg(@extschema@.hcc_html_row(
			-- a row of an array of arrays
			ARRAY(SELECT hcc_html_table.cells[n][m] FROM generate_series(1,
				cardinality(hcc_html_table.columns)) m ORDER BY m), hcc_html_table.kinds, 'td',
			CASE WHEN hcc_html_table.has_total AND n = array_length(hcc_html_table.cells, 1)
				THEN 'total' ELSE '' END), '' ORDER BY n),
			format('<tr><th scope="row" colspan="%s">None</th></tr>',
				cardinality(hcc_html_table.columns))))
	FROM generate_series(1, array_length(hcc_html_table.cells, 1)) n;
END;
COMMENT ON FUNCTION @extschema@.hcc_html_table(text, text[], text, text[], boolean) IS
	'A table; kinds has a letter per column, those of hcc_html_row.';

CREATE FUNCTION @extschema@.hcc_html_pair(first text, second text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('<div class="pair"><div>%s</div><div>%s</div></div>', first, second);
COMMENT ON FUNCTION @extschema@.hcc_html_pair(text, text) IS
	'Two pieces of markup beside each other, on a phone below each other.';

CREATE FUNCTION @extschema@.hcc_html_section(id text, heading text, markup text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format('<section id="%1$s" aria-labelledby="h-%1$s"><h2 id="h-%1$s">%2$s</h2>%3$s'
	'</section>', id, @extschema@.html_escape(heading), markup);
COMMENT ON FUNCTION @extschema@.hcc_html_section(text, text, text) IS
	'A section of a page with its heading.';

CREATE FUNCTION @extschema@.hcc_html_tiles(names text[], figures text[], notes text[])
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE('<dl class="tiles">' || string_agg(format(
		'<div><dt>%s</dt><dd class="figure">%s</dd>%s</div>', @extschema@.html_escape(u.name),
		COALESCE(@extschema@.html_escape(u.figure), '&#8211;'),
		COALESCE('<dd class="fine">' || @extschema@.html_escape(u.note) || '</dd>', '')), ''
		ORDER BY u.n) || '</dl>', '')
	FROM unnest(hcc_html_tiles.names, hcc_html_tiles.figures, hcc_html_tiles.notes)
		WITH ORDINALITY u (name, figure, note, n);
END;
COMMENT ON FUNCTION @extschema@.hcc_html_tiles(text[], text[], text[]) IS
	'The figures at the head of a page, each with its name and a note.';

CREATE FUNCTION @extschema@.hcc_html_questions(names text[], facts text[], answers text[])
	RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('<ul class="questions">%s</ul>', string_agg(format(
		'<li><div><h3>%s</h3><p>%s</p></div><ul class="boxes">%s</ul></li>',
		@extschema@.html_escape(u.name), @extschema@.html_escape(u.fact), a.boxes), ''
		ORDER BY u.n))
	FROM unnest(hcc_html_questions.names, hcc_html_questions.facts)
			WITH ORDINALITY u (name, fact, n)
		CROSS JOIN (SELECT string_agg('<li>' || @extschema@.html_escape(w.answer) || '</li>', ''
				ORDER BY w.n) AS boxes
			FROM unnest(hcc_html_questions.answers) WITH ORDINALITY w (answer, n)) a;
END;
COMMENT ON FUNCTION @extschema@.hcc_html_questions(text[], text[], text[]) IS
	'Things to be answered, each with what is known of it and boxes to tick on paper.';

CREATE FUNCTION @extschema@.hcc_html_nav(ids text[], headings text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('<nav aria-label="Sections"><ul>%s</ul></nav>', string_agg(format(
		'<li><a href="#%s">%s</a></li>', u.id, @extschema@.html_escape(u.heading)), ''
		ORDER BY u.n))
	FROM unnest(hcc_html_nav.ids, hcc_html_nav.headings) WITH ORDINALITY u (id, heading, n);
END;
COMMENT ON FUNCTION @extschema@.hcc_html_nav(text[], text[]) IS
	'Links to the sections of a page.';

CREATE FUNCTION @extschema@.hcc_html_page(title text, subtitle text, nav text, main text,
	footer text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format('<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
	content="default-src ''none''; style-src ''unsafe-inline''; img-src data:">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="hccraf @extversion@"><meta name="robots" content="noindex">
<title>%1$s</title>
<style>%2$s</style></head>
<body><a class="skip" href="#main">To the content</a>
<header><h1>%1$s</h1><p class="sub">%3$s</p></header>
%4$s
<main id="main">
%5$s
</main>
<footer>%6$s</footer></body></html>
', @extschema@.html_escape(title), @extschema@.hcc_html_style(), @extschema@.html_escape(subtitle),
	nav, main, footer);
COMMENT ON FUNCTION @extschema@.hcc_html_page(text, text, text, text, text) IS
	'A whole document; title and subtitle are text, the rest is markup.';

-- How pages write numbers
CREATE FUNCTION @extschema@.hcc_page_percent(part numeric, whole numeric) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(round(100 * part / NULLIF(whole, 0), 2), 'FM9,990.00') || ' %';
COMMENT ON FUNCTION @extschema@.hcc_page_percent(numeric, numeric) IS
	'A share as pages write it, to the hundredth of a percent.';

CREATE FUNCTION @extschema@.hcc_page_number(number numeric) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN number = trunc(number) THEN to_char(number, 'FM999,999,999,990')
	ELSE to_char(round(number, 3), 'FM999,999,999,990.000') END;
COMMENT ON FUNCTION @extschema@.hcc_page_number(numeric) IS
	'A number as sentences of pages write it, with a comma after thousands.';

-- A rule's own note goes before what is said here.
CREATE FUNCTION @extschema@.hcc_page_verdict(verdict text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE hcc_page_verdict.verdict WHEN 'ok' THEN 'Counts, and has an HCC'
		WHEN 'no_hcc' THEN 'Counts, and no model pays for it'
		WHEN 'supplemental_without_claim' THEN 'Supplemental to a claim that does not count'
		WHEN 'valid_not_mapped_yet' THEN 'A code that is newer than the models'' tables'
		WHEN 'other_source' THEN 'The model takes no records of this source'
		WHEN 'edit_age' THEN 'Not at this age'
		WHEN 'edit_sex' THEN 'Not of this sex'
		WHEN 'prerequisite' THEN 'An HCC that it needs is not there'
		WHEN 'superseded' THEN 'An HCC above it counts'
		WHEN 'not_payment_hcc' THEN 'Its HCC is not paid for in this segment'
		ELSE COALESCE((SELECT upper(left(r.note, 1)) || substr(r.note, 2)
				FROM @extschema@.encounter_rule r
				WHERE r.verdict = hcc_page_verdict.verdict AND r.note IS NOT NULL
				ORDER BY r.last_payment_year DESC NULLS FIRST, r.priority, r.id LIMIT 1),
			replace(hcc_page_verdict.verdict, '_', ' ')) END;
END;
COMMENT ON FUNCTION @extschema@.hcc_page_verdict(text) IS
	'What a verdict of a diagnosis means, for people.';

CREATE FUNCTION @extschema@.hcc_page_exact(number numeric) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN number < 0 THEN '-' ELSE '' END
	|| to_char(trunc(abs(number)), 'FM999,999,999,999,999,990')
	|| COALESCE(substring(number::text FROM '\.[0-9]+$'), '');
COMMENT ON FUNCTION @extschema@.hcc_page_exact(numeric) IS
	'A number with all its decimals as tables of pages write it, with a comma after thousands.';
