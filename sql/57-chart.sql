----------------------------------------------------------------------
-- Charts: SVG for a place in an HTML page. They know nothing of what they show.
-- Across, everything is a percentage of the width that the page gives, and text
-- is as large as elsewhere on the page: a chart reads as well on a phone as on
-- paper, which one that is scaled would not. Of colours they name only numbers,
-- c1 to c6; what these are, in light and dark, hcc_html_style says. All numbers
-- are numeric; coordinates are rounded when they are written.
----------------------------------------------------------------------

CREATE FUNCTION @extschema@.hcc_chart_number(number numeric, unit text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN hcc_chart_number.number IS NULL THEN 'not known' ELSE
		CASE WHEN n.scaled < 0 THEN '&#8722;' ELSE '' END
		|| CASE hcc_chart_number.unit WHEN '$' THEN '$' ELSE '' END
		|| CASE WHEN n.a >= 999500 THEN trim_scale(round(n.a / 1000000, 1)) || 'M'
			WHEN n.a >= 99950 THEN round(n.a / 1000) || 'k'
			WHEN n.a >= 10000 THEN trim_scale(round(n.a / 1000, 1)) || 'k'
			WHEN n.a >= 100 THEN to_char(round(n.a), 'FM9,999,999')
			WHEN hcc_chart_number.unit = '%' THEN trim_scale(round(n.a, 1))::text
			WHEN hcc_chart_number.unit = '$' THEN round(n.a, 2)::text
			-- as many decimals as it is given with
			ELSE round(n.a, LEAST(scale(n.a), 3))::text END
		|| CASE hcc_chart_number.unit WHEN '%' THEN '&#160;%' ELSE '' END END
	FROM (SELECT s.scaled, abs(s.scaled) AS a FROM (SELECT CASE hcc_chart_number.unit
			WHEN '%' THEN 100 * hcc_chart_number.number
			ELSE hcc_chart_number.number END AS scaled) s) n;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_number(numeric, text) IS
	'A number rounded for people: 1,234, 12.3k, 1.2M; of unit % a share, of unit $ dollars.';

-- Steps of 1, 2, 2.5 or 5 times a power of ten; whole ones where only whole numbers are counted.
CREATE FUNCTION @extschema@.hcc_chart_ticks(low numeric, high numeric, most integer, whole boolean)
	RETURNS numeric[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(trim_scale(t) ORDER BY t)
	FROM (SELECT r.low, r.high,
				GREATEST((SELECT min(m * p) FROM unnest('{1,2,2.5,5,10}'::numeric[]) m
					WHERE m * p * hcc_chart_ticks.most >= r.high - r.low
						AND (NOT hcc_chart_ticks.whole OR m * p = trunc(m * p))),
					CASE WHEN hcc_chart_ticks.whole THEN 1 ELSE 0 END) AS step
			FROM (SELECT LEAST(hcc_chart_ticks.low, hcc_chart_ticks.high) AS low,
					CASE WHEN hcc_chart_ticks.high = hcc_chart_ticks.low
						THEN hcc_chart_ticks.high + 1
						ELSE GREATEST(hcc_chart_ticks.low, hcc_chart_ticks.high) END AS high) r
				CROSS JOIN LATERAL (SELECT 10 ^ floor(log((r.high - r.low)
					/ hcc_chart_ticks.most)) AS p) p) s
		CROSS JOIN LATERAL generate_series(floor(s.low / s.step) * s.step,
			ceil(s.high / s.step) * s.step, s.step) t;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_ticks(numeric, numeric, integer, boolean) IS
	'Round numbers for an axis from at most low to at least high, a few of them.';

CREATE FUNCTION @extschema@.hcc_chart_frame(title text, description text, height numeric,
	gutter integer, drawn text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" '
		'aria-labelledby="%1$s-t %1$s-d" width="100%%" height="%2$s" style="padding-left:%3$spx">'
		'<title id="%1$s-t">%4$s</title><desc id="%1$s-d">%5$s</desc>%6$s</svg>',
		c.id, CASE WHEN hcc_chart_frame.drawn IS NULL THEN 24 ELSE hcc_chart_frame.height END,
		CASE WHEN hcc_chart_frame.drawn IS NULL THEN 0 ELSE hcc_chart_frame.gutter END,
		@extschema@.html_escape(hcc_chart_frame.title),
		@extschema@.html_escape(hcc_chart_frame.description),
		COALESCE(hcc_chart_frame.drawn, '<text class="soft" y="14">Nothing to show</text>'))
	FROM (SELECT 'chart-' || left(md5(concat_ws('/', hcc_chart_frame.title,
		hcc_chart_frame.description, hcc_chart_frame.drawn)), 10) AS id) c;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_frame(text, text, numeric, integer, text) IS
	'The SVG element of a chart with its title and description for who does not see it.';

-- SVG cuts no text, and nobody here knows the font: letters are taken as wide as they are in a
-- wide one.
CREATE FUNCTION @extschema@.hcc_chart_cut(label text, most integer) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN bool_and(c.upto <= most) IS NOT FALSE
			THEN @extschema@.html_escape(hcc_chart_cut.label)
		ELSE @extschema@.html_escape(rtrim(string_agg(c.letter, '' ORDER BY c.n)
			FILTER (WHERE c.upto < most - 1), ' ,;/(-')) || '&#8230;' END
	FROM (SELECT s.letter, s.n, sum(CASE WHEN s.letter ~ '[WM@%mw]' THEN 1.65
				WHEN s.letter ~ '[^ -~]' THEN 1.8 WHEN s.letter ~ '[A-Z0-9]' THEN 1.2
				ELSE 1 END) OVER (ORDER BY s.n) AS upto
			FROM unnest(string_to_array(hcc_chart_cut.label, NULL))
				WITH ORDINALITY s (letter, n)) c;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_cut(text, integer) IS
	'Markup of a label, cut where it is wider than so many letters.';

-- A long label is there twice, and the page shows one, by its width.
CREATE FUNCTION @extschema@.hcc_chart_label(label text, y numeric) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN l.narrow = l.wide
			THEN format('<text class="label" y="%s">%s</text>', y, l.wide)
		ELSE format('<text class="label narrow" y="%1$s">%2$s</text>'
			'<text class="label wide" y="%1$s">%3$s</text>', y, l.narrow, l.wide) END
	FROM (SELECT @extschema@.hcc_chart_cut(COALESCE(hcc_chart_label.label, ''), 36) AS narrow,
		@extschema@.hcc_chart_cut(COALESCE(hcc_chart_label.label, ''), 66) AS wide) l;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_label(text, numeric) IS
	'The label of a bar, above it at the left; cut where it is long.';

CREATE FUNCTION @extschema@.hcc_chart_legend(series text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(string_agg(format('<rect class="c%s" x="%s%%" y="%s" width="12" height="12" '
			'rx="2"/><text class="label" x="%s%%" dx="18" y="%s">%s</text>', s.n,
		50 * (s.n - 1 & 1), 20 * (s.n - 1 >> 1), 50 * (s.n - 1 & 1), 20 * (s.n - 1 >> 1) + 11,
		@extschema@.hcc_chart_cut(s.name, 18)), '' ORDER BY s.n), '')
	FROM unnest(hcc_chart_legend.series) WITH ORDINALITY AS s (name, n);
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_legend(text[]) IS
	'Which colour is which series, two in a line of 20 pixels.';

-- Where rows of bars begin below their legend
CREATE FUNCTION @extschema@.hcc_chart_legend_height(series text[]) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN cardinality(series) > 1 THEN 20 * ((cardinality(series) + 1) / 2) + 8 ELSE 0 END;
COMMENT ON FUNCTION @extschema@.hcc_chart_legend_height(text[]) IS
	'How high the legend of so many series is; of one there is none.';

-- A bar and what is written above it. Each has a width, so that a small amount is seen.
CREATE FUNCTION @extschema@.hcc_chart_bar_rect(class text, left_end numeric, right_end numeric,
	y numeric, tip text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format('<rect class="%s" x="%s%%" y="%s" width="%s%%" height="12" rx="1">'
	'<title>%s</title></rect>', class, round(LEAST(left_end, 99.6), 2), y,
	GREATEST(round(right_end - left_end, 2), 0.4), tip);
COMMENT ON FUNCTION @extschema@.hcc_chart_bar_rect(text, numeric, numeric, numeric, text) IS
	'One bar from one percentage of the width to another.';

CREATE FUNCTION @extschema@.hcc_chart_zero(place numeric, y numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('<line class="axis" x1="%1$s%%" x2="%1$s%%" y1="%2$s" y2="%3$s"/>', round(place, 2),
	y - 3, y + 15);
COMMENT ON FUNCTION @extschema@.hcc_chart_zero(numeric, numeric) IS
	'Where nothing is, of bars that go both ways and of a bar that is nothing.';

CREATE FUNCTION @extschema@.chart_bar(title text, description text, labels text[],
	amounts numeric[], unit text DEFAULT '', marks numeric[] DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	SELECT @extschema@.hcc_chart_frame(chart_bar.title, chart_bar.description,
		40 * GREATEST(count(b.n), 1), 0, string_agg(
			@extschema@.hcc_chart_label(b.label, b.y + 14)
			|| format('<text class="value" x="100%%" y="%s">%s</text>', b.y + 14,
				@extschema@.hcc_chart_number(b.amount, chart_bar.unit))
			|| CASE WHEN b.zero > 0 AND b.amount IS NOT NULL OR b.amount = 0
				THEN @extschema@.hcc_chart_zero(b.zero, b.y + 21) ELSE '' END
			|| CASE WHEN b.amount <> 0 THEN @extschema@.hcc_chart_bar_rect(
					CASE WHEN b.amount < 0 THEN 'c2' ELSE 'c1' END,
					LEAST(b.zero, b.zero + b.amount * b.scale),
					GREATEST(b.zero, b.zero + b.amount * b.scale), b.y + 21, b.tip) ELSE '' END
			|| CASE WHEN b.mark IS NOT NULL THEN format(
				'<line class="mark" x1="%1$s%%" x2="%1$s%%" y1="%2$s" y2="%3$s"/>',
				round(b.zero + b.mark * b.scale, 2), b.y + 17, b.y + 37) ELSE '' END,
			'' ORDER BY b.n))
	FROM (SELECT u.label, u.amount, u.mark, u.n, 40 * (u.n - 1) AS y,
			100 / r.width AS scale, -100 * r.low / r.width AS zero,
			concat(@extschema@.html_escape(u.label), ': ',
				@extschema@.hcc_chart_number(u.amount, chart_bar.unit)) AS tip
		FROM (SELECT LEAST(min(v), 0) AS low,
				COALESCE(NULLIF(GREATEST(max(v), 0) - LEAST(min(v), 0), 0), 1) AS width
			FROM unnest(chart_bar.amounts || chart_bar.marks) v) r
			CROSS JOIN unnest(chart_bar.labels, chart_bar.amounts, chart_bar.marks)
				WITH ORDINALITY AS u (label, amount, mark, n)) b;
END;
COMMENT ON FUNCTION @extschema@.chart_bar(text, text, text[], numeric[], text, numeric[]) IS
	'SVG of one bar per label, each with its amount, and a mark to compare it with.';

CREATE FUNCTION @extschema@.chart_stacked_bar(title text, description text, labels text[],
	series text[], amounts numeric[], unit text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	WITH piece AS (
		SELECT l.n AS row, l.label, s.n AS place, s.name, a.amount,
			sum(GREATEST(a.amount, 0)) OVER (PARTITION BY l.n ORDER BY s.n) AS upto,
			sum(a.amount) OVER (PARTITION BY l.n) AS whole,
			sum(GREATEST(a.amount, 0)) OVER (PARTITION BY l.n) AS length
		FROM unnest(chart_stacked_bar.labels) WITH ORDINALITY l (label, n)
			CROSS JOIN unnest(chart_stacked_bar.series) WITH ORDINALITY s (name, n)
			CROSS JOIN LATERAL (SELECT COALESCE(chart_stacked_bar.amounts[l.n][s.n], 0) AS amount)
				a
	), longest AS (
		SELECT COALESCE(NULLIF(max(p.length), 0), 1) AS length FROM piece p
	), bar AS (
		SELECT p.row, top + 40 * (p.row - 1) AS y, p.label, p.whole, string_agg(
			@extschema@.hcc_chart_bar_rect('c' || p.place || ' piece',
				100 * (p.upto - p.amount) / m.length, 100 * p.upto / m.length,
				top + 40 * (p.row - 1) + 21, concat(@extschema@.html_escape(p.label), ', ',
					@extschema@.html_escape(p.name), ': ',
					@extschema@.hcc_chart_number(p.amount, chart_stacked_bar.unit))),
			'' ORDER BY p.place) FILTER (WHERE p.amount > 0) AS pieces
		FROM piece p CROSS JOIN longest m CROSS JOIN @extschema@.hcc_chart_legend_height(
			chart_stacked_bar.series) top
		GROUP BY p.row, p.label, p.whole, top
	)
	SELECT @extschema@.hcc_chart_frame(chart_stacked_bar.title, chart_stacked_bar.description,
		@extschema@.hcc_chart_legend_height(chart_stacked_bar.series)
			+ 40 * GREATEST(count(*), 1), 0,
		@extschema@.hcc_chart_legend(chart_stacked_bar.series) || string_agg(
			@extschema@.hcc_chart_label(b.label, b.y + 14)
			|| format('<text class="value" x="100%%" y="%s">%s</text>', b.y + 14,
				@extschema@.hcc_chart_number(b.whole, chart_stacked_bar.unit))
			|| COALESCE(b.pieces, @extschema@.hcc_chart_zero(0, b.y + 21)), '' ORDER BY b.row))
	FROM bar b;
END;
COMMENT ON FUNCTION @extschema@.chart_stacked_bar(text, text, text[], text[], numeric[], text) IS
	'SVG of one bar per label made of a piece per series; amounts are those of each label in turn.';

CREATE FUNCTION @extschema@.chart_waterfall(title text, description text, labels text[],
	amounts numeric[], unit text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	WITH step AS (
		SELECT u.n, u.label, u.amount, u.n IN (1, cardinality(chart_waterfall.labels)) AS whole,
			sum(u.amount) FILTER (WHERE u.n < cardinality(chart_waterfall.labels))
				OVER (ORDER BY u.n) AS upto
		FROM unnest(chart_waterfall.labels, chart_waterfall.amounts)
			WITH ORDINALITY AS u (label, amount, n)
	), bar AS (
		SELECT s.n, s.label, s.amount, s.whole, 40 * (s.n - 1) AS y,
			CASE WHEN s.whole THEN 0 ELSE s.upto - s.amount END AS first,
			CASE WHEN s.whole THEN s.amount ELSE s.upto END AS last
		FROM step s
	), reach AS (
		SELECT LEAST(min(b.first), min(b.last), 0) AS low, COALESCE(NULLIF(GREATEST(max(b.first),
			max(b.last), 0) - LEAST(min(b.first), min(b.last), 0), 0), 1) AS width
		FROM bar b
	)
	SELECT @extschema@.hcc_chart_frame(chart_waterfall.title, chart_waterfall.description,
		40 * GREATEST(count(b.n), 1), 0, string_agg(
			@extschema@.hcc_chart_label(b.label, b.y + 14)
			|| format('<text class="value" x="100%%" y="%s">%s%s</text>', b.y + 14,
				CASE WHEN b.whole OR b.amount <= 0 THEN '' ELSE '+' END,
				@extschema@.hcc_chart_number(b.amount, chart_waterfall.unit))
			|| CASE WHEN r.low < 0 OR b.amount = 0 THEN @extschema@.hcc_chart_zero(
				CASE WHEN b.whole THEN -r.low ELSE b.first - r.low END * 100 / r.width, b.y + 21)
				ELSE '' END
			|| CASE WHEN b.amount <> 0 THEN @extschema@.hcc_chart_bar_rect(
				CASE WHEN b.whole THEN 'c5' WHEN b.amount < 0 THEN 'c2' ELSE 'c1' END,
				100 * (LEAST(b.first, b.last) - r.low) / r.width,
				100 * (GREATEST(b.first, b.last) - r.low) / r.width, b.y + 21,
				concat(@extschema@.html_escape(b.label), ': ',
					@extschema@.hcc_chart_number(b.amount, chart_waterfall.unit))) ELSE '' END,
			'' ORDER BY b.n))
	FROM bar b CROSS JOIN reach r;
END;
COMMENT ON FUNCTION @extschema@.chart_waterfall(text, text, text[], numeric[], text) IS
	'SVG of a first and a last total and, between them, what is added or taken away on the way.';

-- What a chart with columns or lines has around its plot, which is 200 pixels high.
CREATE FUNCTION @extschema@.hcc_chart_grid(ticks numeric[], unit text, top integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(format('<line class="%s" x1="0%%" x2="100%%" y1="%2$s" y2="%2$s"/>'
			'<text class="tick" x="-8" y="%3$s" text-anchor="end">%4$s</text>',
		CASE WHEN t.tick = 0 OR t.n = 1 THEN 'axis' ELSE 'grid' END, t.y, t.y + 4,
		@extschema@.hcc_chart_number(t.tick, hcc_chart_grid.unit)), '' ORDER BY t.n)
	FROM (SELECT u.tick, u.n, round(hcc_chart_grid.top + 200 * (hcc_chart_grid.ticks[
			cardinality(hcc_chart_grid.ticks)] - u.tick) / (hcc_chart_grid.ticks[
			cardinality(hcc_chart_grid.ticks)] - hcc_chart_grid.ticks[1]), 1) AS y
		FROM unnest(hcc_chart_grid.ticks) WITH ORDINALITY u (tick, n)) t;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_grid(numeric[], text, integer) IS
	'Lines across a plot at the ticks of its axis, with their numbers at the left.';

CREATE FUNCTION @extschema@.hcc_chart_below(labels text[], place numeric, y integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- as many as have room on a phone
	SELECT string_agg(format('<text class="tick" x="%s%%" y="%s" text-anchor="middle">%s</text>',
		round(100 * (u.n - 1 + hcc_chart_below.place) / cardinality(hcc_chart_below.labels), 2),
		hcc_chart_below.y, @extschema@.html_escape(u.label)), '' ORDER BY u.n)
	FROM unnest(hcc_chart_below.labels) WITH ORDINALITY u (label, n)
	WHERE (u.n - 1) % ((cardinality(hcc_chart_below.labels) + 6) / 7) = 0;
END;
COMMENT ON FUNCTION @extschema@.hcc_chart_below(text[], numeric, integer) IS
	'Labels below a plot, each at a place between 0 and 1 of its column; not more than seven.';

CREATE FUNCTION @extschema@.chart_line(title text, description text, labels text[],
	series text[], amounts numeric[], unit text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	WITH axis AS (
		SELECT t.ticks, t.ticks[1] AS low,
			t.ticks[cardinality(t.ticks)] - t.ticks[1] AS width, top + 14 AS top
		FROM (SELECT @extschema@.hcc_chart_ticks(LEAST(min(v), 0), COALESCE(max(v), 0), 4,
				COALESCE(bool_and(v = trunc(v)), true) AND chart_line.unit <> '%') AS ticks
			FROM unnest(chart_line.amounts) v) t
			CROSS JOIN @extschema@.hcc_chart_legend_height(chart_line.series) top
	), point AS (
		SELECT s.n AS place, s.name, l.n, l.label, v.amount,
			round(100 * (l.n - 0.5) / cardinality(chart_line.labels), 2) AS x,
			round(a.top + 200 * (1 - (v.amount - a.low) / a.width), 1) AS y, a.top,
			lag(v.amount) OVER (PARTITION BY s.n ORDER BY l.n) IS NULL AS begins,
			max(l.n) FILTER (WHERE v.amount IS NOT NULL) OVER (PARTITION BY s.n) = l.n AS last
		FROM axis a CROSS JOIN unnest(chart_line.series) WITH ORDINALITY s (name, n)
			CROSS JOIN unnest(chart_line.labels) WITH ORDINALITY l (label, n)
			CROSS JOIN LATERAL (SELECT chart_line.amounts[s.n][l.n] AS amount) v
	), line AS (
		SELECT p.place, format('<svg y="%s" width="100%%" height="200" viewBox="0 0 100 200" '
				'preserveAspectRatio="none" class="over"><path class="l%s" d="%s"/></svg>', p.top,
				p.place, string_agg(format('%s%s %s', CASE WHEN p.begins THEN 'M' ELSE 'L' END,
				p.x, p.y - p.top), '' ORDER BY p.n))
			|| string_agg(format('<circle class="c%s" cx="%s%%" cy="%s" r="%s">'
					'<title>%s, %s: %s</title></circle>', p.place, p.x, p.y,
				CASE WHEN p.last THEN 4 ELSE 2.5 END, @extschema@.html_escape(p.name),
				@extschema@.html_escape(p.label),
				@extschema@.hcc_chart_number(p.amount, chart_line.unit)), '' ORDER BY p.n)
			|| COALESCE(max(format('<text class="value" x="%s%%" y="%s" '
				'style="text-anchor:middle">%s</text>', LEAST(p.x, 96), p.y - 10,
				@extschema@.hcc_chart_number(p.amount, chart_line.unit)))
				FILTER (WHERE p.last AND p.place = 1), '') AS drawn
		FROM point p
		WHERE p.amount IS NOT NULL
		GROUP BY p.place, p.top
	)
	SELECT @extschema@.hcc_chart_frame(chart_line.title, chart_line.description, a.top + 232, 48,
		CASE WHEN cardinality(chart_line.labels) > 0 THEN
			CASE WHEN cardinality(chart_line.series) > 1
				THEN @extschema@.hcc_chart_legend(chart_line.series) ELSE '' END
			|| @extschema@.hcc_chart_grid(a.ticks, chart_line.unit, a.top)
			|| @extschema@.hcc_chart_below(chart_line.labels, 0.5, a.top + 222)
			|| COALESCE((SELECT string_agg(l.drawn, '' ORDER BY l.place DESC) FROM line l), '')
			END)
	FROM axis a;
END;
COMMENT ON FUNCTION @extschema@.chart_line(text, text, text[], text[], numeric[], text) IS
	'SVG of a line per series over labels; amounts are those of each series in turn, NULL a gap.';

CREATE FUNCTION @extschema@.chart_histogram(title text, description text, lower_bounds text[],
	series text[], amounts numeric[], unit text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
	WITH axis AS (
		SELECT t.ticks, t.ticks[cardinality(t.ticks)] AS width, top + 14 AS top,
			100.0 / NULLIF(cardinality(chart_histogram.lower_bounds), 0) AS band,
			0.84 / GREATEST(cardinality(chart_histogram.series), 1) AS thick
		FROM (SELECT @extschema@.hcc_chart_ticks(0, GREATEST(max(v), 0), 4,
				COALESCE(bool_and(v = trunc(v)), true) AND chart_histogram.unit <> '%') AS ticks
			FROM unnest(chart_histogram.amounts) v) t
			CROSS JOIN @extschema@.hcc_chart_legend_height(chart_histogram.series) top
	), bin AS (
		SELECT string_agg(format('<rect class="c%s" x="%s%%" y="%s" width="%s%%" height="%s">'
				'<title>%s, %s: %s</title></rect>', s.n,
			round(a.band * (l.n - 1 + 0.08 + a.thick * (s.n - 1)), 2),
			round(a.top + 200 * (1 - v.amount / a.width), 1), round(a.band * a.thick, 2),
			round(200 * v.amount / a.width, 1), @extschema@.html_escape(s.name),
			@extschema@.html_escape(l.label),
			@extschema@.hcc_chart_number(v.amount, chart_histogram.unit)), ''
			ORDER BY l.n, s.n) AS drawn
		FROM axis a CROSS JOIN unnest(chart_histogram.series) WITH ORDINALITY s (name, n)
			CROSS JOIN unnest(chart_histogram.lower_bounds) WITH ORDINALITY l (label, n)
			CROSS JOIN LATERAL (SELECT chart_histogram.amounts[s.n][l.n] AS amount) v
		WHERE v.amount > 0
	)
	SELECT @extschema@.hcc_chart_frame(chart_histogram.title, chart_histogram.description,
		a.top + 232, 48, CASE WHEN cardinality(chart_histogram.lower_bounds) > 0 THEN
			CASE WHEN cardinality(chart_histogram.series) > 1
				THEN @extschema@.hcc_chart_legend(chart_histogram.series) ELSE '' END
			|| @extschema@.hcc_chart_grid(a.ticks, chart_histogram.unit, a.top)
			|| @extschema@.hcc_chart_below(chart_histogram.lower_bounds, 0, a.top + 222)
			|| COALESCE(b.drawn, '') END)
	FROM axis a CROSS JOIN bin b;
END;
COMMENT ON FUNCTION @extschema@.chart_histogram(text, text, text[], text[], numeric[], text) IS
	'SVG of columns over ranges that begin at lower bounds, one per series side by side.';
