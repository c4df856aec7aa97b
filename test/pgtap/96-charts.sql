-- What pages write, apart from what it looks like (for that: test/pages): text, numbers, axes,
-- and that a chart draws every amount that it is given as long as it is.
BEGIN;
CREATE EXTENSION IF NOT EXISTS hccraf;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT * FROM no_plan();

SELECT is(html_escape(given), wanted, 'written as text: ' || COALESCE(wanted, 'NULL'))
FROM (VALUES ('plain', 'plain'), (NULL, NULL), ('', ''),
	('<b a="1" c=''2''>&amp;', '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;'),
	(U&'\00E9\4E2D\+01F600', '&#233;&#20013;&#128512;'), (E'a\tb\r\nc', 'a b  c'),
	(E'\x01\x1b\x7f', '???'), (U&'\0085\200F\202E\2066', '????'), (U&'\200B', '&#8203;'))
	v (given, wanted);

-- a number for people has at most four digits, or as many as its thousands
SELECT is(hcc_chart_number(number, unit), wanted, format('%s%s is %s', number, unit, wanted))
FROM (VALUES (0::numeric, '', '0'), (12, '', '12'), (999, '', '999'), (1234, '', '1,234'),
	(12345, '', '12.3k'), (99949, '', '99.9k'), (99950, '', '100k'), (999499, '', '999k'),
	(999500, '', '1M'), (1249999, '', '1.2M'), (-0.5, '', '&#8722;0.5'), (0.1234567, '', '0.123'),
	(5.040, '', '5.040'), (-250000, '', '&#8722;250k'), (0.5, '%', '50&#160;%'),
	(0.12345, '%', '12.3&#160;%'), (-1.5, '$', '&#8722;$1.50'), (NULL, '', 'not known'))
	v (number, unit, wanted);

-- ticks reach from the lowest to the highest, in steps of 1, 2, 2.5 or 5 of a power of ten
SELECT is(hcc_chart_ticks(low, high, 4, whole), wanted, format('ticks from %s to %s', low, high))
FROM (VALUES (0::numeric, 0::numeric, true, '{0,1}'::numeric[]), (0, 1, true, '{0,1}'),
	(0, 3, true, '{0,1,2,3}'), (0, 0.37, false, '{0,0.1,0.2,0.3,0.4}'),
	(0, 8627, true, '{0,2500,5000,7500,10000}'), (-0.1, 0.6, false, '{-0.2,0,0.2,0.4,0.6}'),
	(-30, -10, true, '{-30,-25,-20,-15,-10}')) v (low, high, whole, wanted);

-- The widths of the bars of a chart in percent, in order
CREATE FUNCTION pg_temp.widths(svg text) RETURNS numeric[] LANGUAGE sql
RETURN (SELECT array_agg(m[1]::numeric ORDER BY n)
	FROM regexp_matches(svg, '<rect class="c\d[^"]*" x="[\d.]+%" y="\d+" width="([\d.]+)%"', 'g')
		WITH ORDINALITY r (m, n));
SELECT is(pg_temp.widths(chart_bar('T', 'D', '{a,b,c}', '{4,1,-1}')), '{80.00,20.00,20.00}',
	'bars are as long as their amounts, on both sides of zero');
SELECT is(pg_temp.widths(chart_stacked_bar('T', 'D', '{a,b}', '{x,y}', '{{3,1},{1,1}}')),
	'{75.00,25.00,25.00,25.00}', 'pieces add up to their bar');
SELECT is(pg_temp.widths(chart_waterfall('T', 'D', '{a,b,c}', '{10,-4,6}')),
	'{100.00,40.00,60.00}', 'a step is as long as it changes');
SELECT is((SELECT array_agg(m[1]::numeric ORDER BY n) FROM regexp_matches(chart_histogram('T', 'D',
		'{0,1}', '{x}', '{{5,20}}'), '<rect class="c1" [^>]*height="([\d.]+)"', 'g')
		WITH ORDINALITY r (m, n)), '{50.0,200.0}', 'columns are as high as their amounts');
SELECT is((regexp_match(chart_line('T', 'D', '{a,b,c,d}', '{x}', '{{0,1,NULL,0.5}}'),
	' d="([^"]*)"'))[1], 'M12.50 200.0L37.50 0.0M87.50 100.0',
	'a line has a gap where nothing is known');
SELECT ok(svg ~ '^<svg [^>]*role="img"' AND svg ~ '<title [^>]*>T &lt;i&gt;</title>'
	AND svg ~ '<desc [^>]*>D &amp;</desc>' AND svg !~ '<i>|<script|href',
	'said and escaped: ' || name)
FROM (VALUES ('bar', chart_bar('T <i>', 'D &', '{<i>}', '{1}')),
	('stacked bar', chart_stacked_bar('T <i>', 'D &', '{<i>}', '{<i>}', '{{1}}')),
	('waterfall', chart_waterfall('T <i>', 'D &', '{<i>}', '{1}')),
	('line', chart_line('T <i>', 'D &', '{<i>}', '{<i>}', '{{1}}')),
	('histogram', chart_histogram('T <i>', 'D &', '{<i>}', '{<i>}', '{{1}}')),
	('nothing', chart_bar('T <i>', 'D &', NULL, NULL))) c (name, svg);

SELECT * FROM finish();
ROLLBACK;
