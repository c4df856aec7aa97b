-- One page of every chart with what is hard to draw: nothing, zeros, negative and missing values,
-- names that are too long, a single point, amounts from a thousandth to millions.
WITH long (label) AS (VALUES
	('A name that is much longer than any bar has room for, and then some'))
SELECT hcc_html_page('Charts', 'Every kind, with what is hard.', '', hcc_html_section('charts',
	'Charts', string_agg('<h3>' || html_escape(c.name) || '</h3>' || c.svg, '' ORDER BY c.n)), '')
FROM long CROSS JOIN LATERAL (VALUES
	(1, 'Bars', chart_bar('Bars', 'Below zero, zero and unknown.', ARRAY[label, 'Zero', 'Below',
		'Unknown', '<b> & "quotes"', ''], '{1234567,0,-250000,NULL,0.5,3}')),
	(2, 'Bars with marks', chart_bar('Bars', 'With marks.', '{One,Two,Three}', '{0.5,0,1}', '%',
		'{0.25,0.75,NULL}')),
	(3, 'Bars of zeros', chart_bar('Bars', 'Zeros.', '{One,Two}', '{0,0}')),
	(4, 'No bars', chart_bar('Bars', 'None.', '{}', '{}')),
	(5, 'Bars, all below', chart_bar('Bars', 'All below zero.', '{One,Two}', '{-1.5,-0.25}', '$')),
	(6, 'Pieces', chart_stacked_bar('Pieces', 'Six series.', ARRAY[label, 'Nothing', 'Some'],
		'{First,Second,Third with a long name to it,Fourth,Fifth,Sixth}',
		'{{1,2,3,4,5,6},{0,0,0,0,0,0},{1,0,NULL,0,0,0.5}}')),
	(7, 'No pieces', chart_stacked_bar('Pieces', 'None.', '{}', '{A,B}', '{}')),
	(8, 'Lines', chart_line('Lines', 'With a gap, below zero.', '{Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,'
		'Sep,Oct,Nov,Dec}', '{This,Last}', '{{0.1,0.2,NULL,0.4,0.3,-0.1,NULL,NULL,NULL,NULL,NULL,'
		'NULL},{0,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.45,0.5,0.55,0.6}}', '%')),
	(9, 'A single point', chart_line('Lines', 'One.', '{Jan}', '{This}', '{{12345}}')),
	(10, 'Nothing known', chart_line('Lines', 'Unknown.', '{Jan,Feb}', '{This}', '{{NULL,NULL}}')),
	(11, 'No line', chart_line('Lines', 'None.', '{}', '{}', '{}')),
	(12, 'Columns', chart_histogram('Columns', 'Two series.', '{0,10,20,30,40,50,60,70,80,90,100+}',
		'{This,Last}', '{{1,5,12,40,90,120,80,30,10,2,0},{2,4,14,38,95,110,85,35,8,NULL,1}}')),
	(13, 'Columns of nothing', chart_histogram('Columns', 'Zeros.', '{0,1}', '{This}', '{{0,0}}')),
	(14, 'Waterfall',
		chart_waterfall('Waterfall', 'Up, down and through zero.', ARRAY['Start', label,
		'Down', 'Nothing', 'Far down', 'End'], '{100,25.5,-60,0,-90,-24.5}')),
	(15, 'Waterfall of one', chart_waterfall('Waterfall', 'One.', '{All}', '{3}')),
	(16, 'No waterfall', chart_waterfall('Waterfall', 'None.', '{}', '{}'))) c (n, name, svg)
