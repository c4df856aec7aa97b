/*
 * Fuzzing how lines of files are cut into fields, and dates and numbers are
 * read, against the plainest code that does the same.
 */
#include "fuzz.h"

#include "core/record.h"

#define MAX_FIELDS 12

/* Bytes that mean something to one of the functions, mostly */
static char *
make_text(fuzz_input *in, fuzz_memory *memory, size_t *length)
{
	static const char likely[] = "a\n\r\"|,* \t09-.\032\xC3\x89\xEF\xBB\xBF";
	bool		raw = fuzz_once_in(in, 4);
	char	   *text;

	*length = fuzz_below(in, 64);
	text = fuzz_alloc(memory, *length);
	for (size_t i = 0; i < *length; i++)
	{
		uint8_t		byte = fuzz_byte(in);

		text[i] = raw ? (char) byte : likely[byte % (sizeof(likely) - 1)];
	}
	return text;
}

/*
 * Lines of a file that comes in pieces, as the server reads them: what is cut in two
 * is put together, and lines and their numbers are those of the whole.
 */
static void
fuzz_pieces(fuzz_input *in, const char *content, size_t length)
{
	hcc_lines	whole = hcc_lines_begin(content, length, 0);
	int64_t		number = 0;
	size_t		begun = 0;		/* bytes before at that belong to a line that goes on */
	size_t		at = 0;

	while (at < length || begun > 0)
	{
		size_t		piece = 1 + (size_t) fuzz_below(in, 8);
		size_t		end;
		hcc_lines	lines;
		hcc_text	line;
		hcc_text	same;
		const char *from = content + at - begun;

		if (piece > length - at)
			piece = length - at;
		if (at == length)
			end = length;		/* the file has ended, and with it its last line */
		else if (begun > 0 && hcc_first_line_end(content + at, piece, at > 0 &&
												content[at - 1] == '\r', &end))
			end += at;
		else if (begun > 0)
			end = 0;
		else
			end = at + hcc_last_line_end(content + at, piece);
		if (end <= at - begun && at < length)
		{
			begun += piece;
			at += piece;
			continue;
		}
		lines = hcc_lines_begin(from, content + end - from, number);
		while (hcc_next_line(&lines, &line))
		{
			REQUIRE(hcc_next_line(&whole, &same));
			REQUIRE(line.text == same.text && line.length == same.length);
			REQUIRE_SAME(lines.number, whole.number);
		}
		number = lines.number;
		at = end;
		begun = 0;
	}
	REQUIRE(!hcc_next_line(&whole, &(hcc_text) {NULL, 0}));
	REQUIRE_SAME(number, whole.number);
}

/* Lines in one go are the lines of the parts, wherever a file is cut. */
static void
fuzz_lines(fuzz_input *in, fuzz_memory *memory)
{
	size_t		length;
	char	   *content = make_text(in, memory, &length);
	size_t		whole = hcc_last_line_end(content, length);
	hcc_lines	lines = hcc_lines_begin(content, length, 0);
	hcc_lines	parts = hcc_lines_begin(content, whole, 0);
	hcc_text	line;
	hcc_text	part;
	size_t		ends = 0;

	REQUIRE(whole <= length &&
			(whole == 0 || content[whole - 1] == '\n' || content[whole - 1] == '\r'));
	for (size_t i = whole; i < length; i++)
		REQUIRE(content[i] != '\n' && (content[i] != '\r' || i + 1 == length ||
									   content[i + 1] == '\r'));
	fuzz_pieces(in, content, length);
	while (hcc_next_line(&lines, &line))
	{
		REQUIRE(line.length > 0 && line.text >= content);
		REQUIRE(line.text + line.length <= content + length);
		REQUIRE(memchr(line.text, '\n', line.length) == NULL);
		REQUIRE(memchr(line.text, '\r', line.length) == NULL);
		if (!hcc_next_line(&parts, &part))
		{
			/* what the whole lines do not have is behind them */
			parts = hcc_lines_begin(content + whole, length - whole, parts.number);
			if (whole == 0)
				parts = hcc_lines_begin(content, length, 0);
			REQUIRE(hcc_next_line(&parts, &part));
		}
		REQUIRE(part.text == line.text && part.length == line.length);
		REQUIRE_SAME(parts.number, lines.number);
	}
	for (size_t i = 0; i < length; i++)
		ends += content[i] == '\n' || content[i] == '\r';
	REQUIRE(lines.number <= (int64_t) ends + 1);
}

/* Fields and what separates them are the line; without quotes each delimiter counts. */
static void
fuzz_fields(fuzz_input *in, fuzz_memory *memory)
{
	static const char delimiters[] = "|,*";
	size_t		length;
	char	   *bytes = make_text(in, memory, &length);
	hcc_text	line = {bytes, length};
	char		delimiter = delimiters[fuzz_below(in, 3)];
	bool		quoted = fuzz_once_in(in, 2);
	size_t		room = fuzz_below(in, MAX_FIELDS);
	hcc_text   *field = fuzz_alloc(memory, room * sizeof(hcc_text));
	size_t		n = hcc_split(line, delimiter, quoted, field, room);
	size_t		separators = 0;
	size_t		at = 0;

	for (size_t i = 0; i < length; i++)
		separators += bytes[i] == delimiter;
	REQUIRE(quoted ? n <= separators + 1 : n == separators + 1);
	for (size_t i = 0; i < n && i < room; i++)
	{
		char	   *unquoted = fuzz_alloc(memory, field[i].length);
		hcc_text	bare = hcc_without_quotes(field[i], unquoted);
		hcc_text	trimmed = hcc_trim(field[i]);

		REQUIRE(field[i].text == bytes + at);
		at += field[i].length + 1;
		REQUIRE(bare.length <= field[i].length);
		REQUIRE(trimmed.length <= field[i].length && trimmed.text >= field[i].text);
	}
	REQUIRE(n > room || at == length + 1);
	for (int i = 0; i < 4; i++)
	{
		size_t		start = 1 + fuzz_below(in, 80);
		size_t		width = fuzz_below(in, 80);
		hcc_text	part = hcc_field_at(line, start, width);
		size_t		left = start > length ? 0 : length - start + 1;

		REQUIRE_SAME(part.length, width < left ? width : left);
		REQUIRE(part.text >= bytes && part.text + part.length <= bytes + length);
	}
	REQUIRE(hcc_is_sure_of_positions(line, length));
	if (hcc_is_ascii(line))
		REQUIRE(hcc_is_sure_of_positions(line, length + 1));
}

/* Days of all dates in order: one after another */
static void
fuzz_dates(fuzz_input *in)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year = 1800 + fuzz_below(in, 400);
	int			month = fuzz_below(in, 14);
	int			date = fuzz_below(in, 33);
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	bool		exists = month >= 1 && month <= 12 && date >= 1 &&
		date <= days[month > 0 && month <= 12 ? month - 1 : 0] + (leap && month == 2);
	char		written[16];
	int32_t		day;
	int32_t		same;
	int32_t		before = 2378497;	/* 1800-01-01 */

	snprintf(written, sizeof(written), "%04d-%02d-%02d", year, month, date);
	REQUIRE((hcc_read_date((hcc_text) {written, 10}, HCC_VALUE_DATE, &day) ==
			 HCC_VALUE_READ) == exists);
	snprintf(written, sizeof(written), "%04d%02d%02d", year, month, date);
	REQUIRE((hcc_read_date((hcc_text) {written, 8}, HCC_VALUE_YYYYMMDD, &same) ==
			 HCC_VALUE_READ) == exists);
	if (!exists)
		return;
	REQUIRE_SAME(day, same);
	for (int y = 1800; y < year; y++)
		before += 365 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
	for (int m = 1; m < month; m++)
		before += days[m - 1] + (m == 2 && leap);
	REQUIRE_SAME(day, before + date - 1);
}

/* Any bytes as a value of each kind */
static void
fuzz_values(fuzz_input *in, fuzz_memory *memory)
{
	size_t		length;
	char	   *bytes = make_text(in, memory, &length);
	hcc_text	value = {bytes, length};
	int32_t		day;

	for (hcc_value_kind kind = HCC_VALUE_DATE; kind <= HCC_VALUE_DD_MON_YYYY; kind++)
	{
		hcc_text	of_length = {bytes, length < 12 ? length : 6 + (size_t) fuzz_below(in, 6)};

		if (hcc_read_date(of_length, kind, &day) == HCC_VALUE_READ)
			REQUIRE(day >= 2378497);
	}
	if (hcc_read_number(value) == HCC_VALUE_READ)
	{
		for (size_t i = 0; i < length; i++)
			REQUIRE(strchr("0123456789.+-", bytes[i]) != NULL);
	}
}

/* One input */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input	in = fuzz_begin(data, size);
	fuzz_memory memory = {NULL, 0, 0};

	for (int round = 0; round < 4; round++)
	{
		fuzz_lines(&in, &memory);
		fuzz_fields(&in, &memory);
		fuzz_dates(&in);
		fuzz_values(&in, &memory);
	}
	fuzz_free(&memory);
	return 0;
}
