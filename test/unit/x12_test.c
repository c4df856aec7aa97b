/* Unit tests of X12: separators, envelopes, dates, and what they refuse */
#include "core/x12_claim.h"
#include "core/x12_member.h"

#include <stdlib.h>

#include "check.h"

#define ISA "ISA*00*          *00*          *ZZ*S              *ZZ*R              *260115*0930*" \
	"^*00501*000000001*0*P*:~"
#define GS "GS*HC*S*R*20260115*0930*1*X*005010X222A1~"
#define ST "ST*837*0001*005010X222A1~"
#define WHO "HL*1**20*1~NM1*85*2*C*****XX*1245319599~HL*2*1*22*0~NM1*IL*1*A*B****MI*M1~" \
	"DMG*D8*19480305*F~NM1*PR*2*P*****PI*H9999~"
#define CLAIM "CLM*P1*310***11:B:1~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1***1~DTP*472*D8*20260105~"
#define TRAILER "SE*13*0001~GE*1*1~IEA*1*000000001~"

/* What a file of claims came to */
static struct
{
	int			claims;
	int			refused;
	int			notes;
	char		reasons[1000];	/* of notes and refused claims, each with a blank */
	x12_claim	last;
	bool		whole;
} got;

/* A reason, with a blank */
static void
note_reason(const char *reason)
{
	strncat(got.reasons, reason, sizeof(got.reasons) - strlen(got.reasons) - 1);
	strncat(got.reasons, " ", sizeof(got.reasons) - strlen(got.reasons) - 1);
}

/* A claim */
static void
take_claim(x12_claims *claims, const x12_claim *claim)
{
	(void) claims;
	got.claims++;
	got.refused += claim->refused.n > 0;
	for (int i = 0; i < claim->refused.n; i++)
		note_reason(claim->refused.finding[i].reason);
	got.last = *claim;
}

/* A note */
static void
take_note(x12_reader *reader, const x12_note *note)
{
	(void) reader;
	got.notes++;
	note_reason(note->finding.reason);
}

/* A transaction of claims ends. */
static void
take_end(x12_reader *reader, bool whole)
{
	x12_claims_end((x12_claims *) reader);
	got.whole = whole;
}

/* Read a file in pieces of some length. */
static void
read_file(const char *bytes, size_t length, size_t piece)
{
	static x12_claims claims;

	memset(&got, 0, sizeof(got));
	x12_claims_start(&claims);
	claims.claim = take_claim;
	claims.reader.note = take_note;
	claims.reader.end = take_end;
	claims.reader.today = 9700;
	for (size_t at = 0; at < length; at += piece)
		x12_push(&claims.reader, bytes + at, length - at < piece ? length - at : piece);
	x12_finish(&claims.reader);
}

/* Read a text, whole and byte by byte, to the same end. */
static void
read_text(const char *text)
{
	int			claims;

	read_file(text, strlen(text), 1);
	claims = got.claims;
	read_file(text, strlen(text), strlen(text) + 1);
	CHECK_INT(got.claims, claims);
}

/* What was refused or told */
#define CHECK_REASONS(expected) CHECK(strcmp(got.reasons, expected) == 0)

/* A claim, with whichever separators and line ends */
static void
test_separators(void)
{
	static const char file[] = ISA GS ST WHO CLAIM TRAILER;
	char		other[2 * sizeof(file)];
	size_t		n = 0;

	read_text(file);
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("");
	CHECK_INT(got.last.from, 9501);
	CHECK_INT(got.last.position, 10);
	CHECK_INT(got.last.diagnoses, 1);
	CHECK_INT(got.last.lines, 1);
	CHECK(memcmp(got.last.facility.text, "11", 2) == 0);

	/* a line end after each segment, a mark of the encoding before the first */
	n = (size_t) sprintf(other, "\xEF\xBB\xBF\r\n");
	for (const char *c = file; *c != '\0'; c++)
	{
		other[n++] = *c;
		if (*c == '~')
		{
			other[n++] = '\r';
			other[n++] = '\n';
		}
	}
	other[n] = '\0';
	read_text(other);
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("");

	/* the line end is the terminator */
	for (n = 0; file[n] != '\0'; n++)
		other[n] = file[n] == '~' ? '\n' : file[n] == '*' ? '|' : file[n];
	other[n] = '\0';
	read_text(other);
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("");
}

/* Envelopes that end early, are of other kinds, or say another number */
static void
test_envelopes(void)
{
	read_text("");
	CHECK_REASONS("no_isa ");
	read_text("GS*HC~");
	CHECK_REASONS("no_isa ");
	read_file("\xFF\xFEI\0S\0A\0*\0", 10, 3);
	CHECK_REASONS("bad_encoding ");
	read_file("I\0S\0A\0*\0", 8, 8);
	CHECK_REASONS("bad_encoding ");
	read_text("ISA*00*1");
	CHECK_REASONS("truncated ");
	/* sixteen elements that are not padded are enough */
	read_text("ISA*00**00**ZZ*S*ZZ*R*260115*0930*^*00501*1*0*P*:~" GS ST WHO CLAIM TRAILER);
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("isa_length ");
	read_text(ISA GS ST WHO CLAIM);
	CHECK_INT(got.claims, 1);
	CHECK(strstr(got.reasons, "truncated ") != NULL);
	/* what is whole stays, and that the rest of the file is missing is told */
	read_text(ISA GS ST WHO CLAIM "SE*13*0001~");
	CHECK_INT(got.refused, 0);
	CHECK_REASONS("truncated ");
	/* cut off in the middle of a trailer */
	read_text(ISA GS ST WHO CLAIM "SE*1");
	CHECK(strstr(got.reasons, "truncated ") != NULL);
	CHECK(strstr(got.reasons, "se_count") == NULL);
	/* the last terminator may be missing */
	read_text(ISA GS ST WHO CLAIM "SE*13*0001~GE*1*1~IEA*1*000000001");
	CHECK_REASONS("");
	read_text(ISA GS ST WHO CLAIM "SE*7*0001~GE*2*1~IEA*3*000000001~");
	CHECK_REASONS("se_count se_count se_count ");
	/* other kinds and versions are refused one by one, and the others stay */
	read_text(ISA GS "ST*835*1*005010X221A1~SE*2*1~ST*837*2*004010X098A1~SE*2*2~" ST WHO CLAIM
			  "SE*13*0001~GE*3*1~IEA*1*000000001~");
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("unsupported_transaction unsupported_transaction ");
	/* the transaction's own guide goes before that of its group */
	read_text(ISA GS "ST*837*0001*005010X223A2~" WHO
			  "CLM*P1*310***11:A:1~DTP*434*D8*20260105~HI*ABK:E1165~SE*11*0001~GE*1*1~IEA*1*1~");
	CHECK(got.last.institutional);
	CHECK_REASONS("");
	/* a broken header in mid-file loses no claim */
	read_text(ISA GS ST WHO CLAIM "ISA*00*1*2*3*4*5*6*7*8*9*10*11*12*13*14***");
	CHECK_INT(got.claims, 1);
	CHECK(strstr(got.reasons, "bad_layout ") != NULL);
}

/* A member */
static void
take_member(x12_members *members, const x12_member *member)
{
	(void) members;
	got.claims++;
	got.refused += member->refused.n > 0;
	for (int i = 0; i < member->refused.n; i++)
		note_reason(member->refused.finding[i].reason);
}

/* Read a file of members in pieces of some length. */
static void
read_members(const char *bytes, size_t length, size_t piece)
{
	static x12_members members;

	memset(&got, 0, sizeof(got));
	x12_members_start(&members);
	members.member = take_member;
	members.reader.note = take_note;
	members.reader.today = 9700;
	for (size_t at = 0; at < length; at += piece)
		x12_push(&members.reader, bytes + at, length - at < piece ? length - at : piece);
	x12_finish(&members.reader);
}

/*
 * Read what stands before a stretch that is longer than a segment can be, the stretch,
 * and what stands behind it, in pieces of several lengths, to the same end.
 */
static void
read_around(void (*read) (const char *bytes, size_t length, size_t piece), const char *before,
			const char *behind)
{
	size_t		length = X12_LONGEST_SEGMENT + 1;
	char	   *file = malloc(strlen(before) + length + strlen(behind) + 1);
	size_t		n = (size_t) sprintf(file, "%s", before);
	char		reasons[sizeof(got.reasons)];

	memset(file + n, 'x', length);
	n += length;
	n += (size_t) sprintf(file + n, "%s", behind);
	read(file, n, n);
	strcpy(reasons, got.reasons);
	for (size_t piece = 1; piece < n; piece = piece * 97 + 1)
	{
		read(file, n, piece);
		CHECK_REASONS(reasons);
	}
	free(file);
}

/* Another subscriber */
#define OTHER "HL*3*1*22*0~NM1*IL*1*O*B****MI*M2~"

/* Whatever a segment that is too long can have changed is refused, and nothing else. */
static void
test_hidden(void)
{
	/* the trailer counts what there was: the stretch is the one segment that it begins as */
	read_around(read_file, ISA GS ST WHO CLAIM "NTE*", "~" CLAIM "SE*19*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 2);
	CHECK_REASONS("too_long ");
	CHECK_INT(got.last.refused.n, 0);
	/* it counts seven more: HL, NM1, CLM ... of whoever the second claim is about */
	read_around(read_file, ISA GS ST WHO CLAIM "NTE*", "~" CLAIM "SE*26*0001~GE*1*1~IEA*1*1~");
	CHECK_REASONS("too_long too_long se_count ");
	CHECK(!got.whole);
	/* another transaction's trailer: the end of this one is hidden, whatever the count */
	read_around(read_file, ISA GS ST WHO CLAIM "NTE*", "~" CLAIM "SE*19*0002~GE*1*1~IEA*1*1~");
	CHECK_REASONS("too_long too_long ");
	CHECK(!got.whole);
	/* somebody's level: neither who follows is known, nor of which provider, until the next */
	read_around(read_file, ISA GS ST WHO CLAIM "HL*3*1*22*0*", "~NM1*IL*1*O*B****MI*M2~" CLAIM OTHER
				CLAIM WHO CLAIM "SE*36*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 4);
	CHECK_INT(got.refused, 2);
	CHECK(strncmp(got.reasons, "too_long ", 9) == 0);
	CHECK_INT(got.last.refused.n, 0);
	/* what has no id may be such a level; the claim that it is in is not sure, either */
	read_around(read_file, ISA GS ST WHO CLAIM,
				"~" CLAIM OTHER CLAIM WHO CLAIM "SE*34*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 4);
	CHECK_INT(got.refused, 3);
	CHECK_INT(got.last.refused.n, 0);
	/* the subscriber's name, for all claims of his and for nobody else's */
	read_around(read_file, ISA GS ST "HL*1**20*1~NM1*85*2*C*****XX*1245319599~HL*2*1*22*0~"
				"NM1*IL*1*", "~" CLAIM CLAIM OTHER CLAIM "SE*23*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 3);
	CHECK_INT(got.refused, 2);
	CHECK_INT(got.last.refused.n, 0);
	/* the provider's, for all of its subscribers */
	read_around(read_file, ISA GS ST "HL*1**20*1~NM1*85*", "~" OTHER CLAIM OTHER CLAIM WHO CLAIM
				"SE*29*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 3);
	CHECK_INT(got.refused, 2);
	CHECK_INT(got.last.refused.n, 0);
	/* a patient's */
	read_around(read_file, ISA GS ST WHO "HL*3*2*23*0~NM1*QC*1*", "~" CLAIM "HL*4*2*23*0~"
				"NM1*QC*1*A*D~" CLAIM "SE*22*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 2);
	CHECK_INT(got.refused, 1);
	CHECK_INT(got.last.refused.n, 0);
	/* a claim */
	read_around(read_file, ISA GS ST WHO CLAIM "CLM*", "~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1~"
				"DTP*472*D8*20260105~" CLAIM "SE*23*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 3);
	CHECK_INT(got.refused, 1);
	CHECK_INT(got.last.refused.n, 0);
	/* and what is of one claim */
	for (int i = 0; i < 7; i++)
	{
		static const char *const segments[] = {
			"HI*", "LX*", "SV1*", "DTP*", "REF*", "NM1*", "SBR*"
		};
		char		before[1000];

		sprintf(before, "%s%s", ISA GS ST WHO CLAIM, segments[i]);
		read_around(read_file, before, "~" CLAIM "SE*19*0001~GE*1*1~IEA*1*1~");
		CHECK_INT(got.claims, 2);
		CHECK_REASONS("too_long ");
		CHECK_INT(got.last.refused.n, 0);
	}
	/* headers and trailers, and what stands between transactions, are the file's */
	read_around(read_file, ISA GS "ST*", "~" WHO CLAIM "SE*13*0001~" ST WHO CLAIM
				"SE*13*0001~GE*2*1~IEA*1*1~");
	CHECK_INT(got.claims, 1);
	CHECK_REASONS("too_long se_count ");
	read_around(read_file, ISA GS ST WHO CLAIM "SE*", "~" ST WHO CLAIM
				"SE*13*0001~GE*2*1~IEA*1*1~");
	CHECK_INT(got.claims, 2);
	CHECK_REASONS("truncated too_long ");
	read_around(read_file, ISA GS ST WHO CLAIM "SE*13*0001~", "~GE*1*1~IEA*1*1~");
	CHECK_REASONS("too_long ");
	read_around(read_file, ISA GS "ST*835*1*005010X221A1~CLP*", "~SE*3*1~GE*1*1~IEA*1*1~");
	CHECK_REASONS("unsupported_transaction too_long ");
	read_around(read_file, ISA GS ST WHO CLAIM TRAILER, "");
	CHECK_REASONS("too_long ");
}

/* The same of members */
static void
test_hidden_members(void)
{
#define ENROLMENT ISA GS "ST*834*0001*005010X220A1~"
#define MEMBER "INS*Y*18*030*XN*A~REF*0F*M1~NM1*IL*1*A*B~"
	/* a member of whom no more is known */
	read_around(read_members, ENROLMENT MEMBER "INS*Y*18*030*",
				"~REF*0F*M2~NM1*IL*1*A*B~" MEMBER "SE*11*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 3);
	CHECK_INT(got.refused, 1);
	CHECK(strncmp(got.reasons, "too_long ", 9) == 0);
	/* without an id, before the first member: perhaps one */
	read_around(read_members, ENROLMENT, "~REF*0F*M2~" MEMBER "SE*7*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 2);
	CHECK_INT(got.refused, 1);
	/* of one member, and of nobody */
	read_around(read_members, ENROLMENT MEMBER "HD*", "~" MEMBER "SE*9*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 2);
	CHECK_REASONS("too_long ");
	read_around(read_members, ENROLMENT "N1*P5*", "~" MEMBER "SE*6*0001~GE*1*1~IEA*1*1~");
	CHECK_REASONS("");
	/* members are missing that the trailer counts */
	read_around(read_members, ENROLMENT MEMBER "HD*", "~" MEMBER "SE*12*0001~GE*1*1~IEA*1*1~");
	CHECK_REASONS("too_long too_long se_count ");
}

/* More of anything than there is room for is told. */
static void
test_bounds(void)
{
	char		text[20000];
	size_t		n;

	/* as many codes as a segment has room for, and one more */
	for (int codes = 31; codes <= 32; codes++)
	{
		n = (size_t) sprintf(text, "%s", ISA GS ST WHO "CLM*P1*310***11:B:1~HI");
		for (int i = 0; i < codes; i++)
			n += (size_t) sprintf(text + n, "*%s:E11%02d", i == 0 ? "ABK" : "ABF", i);
		sprintf(text + n, "%s", "~LX*1~SV1*HC:99214*150*UN*1***1~DTP*472*D8*20260105~" CLAIM
				"SE*18*0001~GE*1*1~IEA*1*1~");
		read_text(text);
		CHECK_INT(got.claims, 2);
		CHECK_INT(got.refused, codes == 32);
		CHECK(strncmp(got.reasons, "too_long ", 9) == 0 || codes == 31);
	}
	/* codes in all: a byte counts them, also those that are there already */
	n = (size_t) sprintf(text, "%s", ISA GS ST WHO "CLM*P1*310***11:B:1~");
	for (int i = 0; i < 26; i++)
		n += (size_t) sprintf(text + n, "HI*ABF:E1101*ABF:E1102*ABF:E1103*ABF:E1104*ABF:E1105*"
							  "ABF:E1106*ABF:E1107*ABF:E1108*ABF:E1109*ABF:E1110~");
	sprintf(text + n, "%s", "LX*1~SV1*HC:99214*150*UN*1***1~DTP*472*D8*20260105~SE*38*0001~GE*1*1~"
			"IEA*1*1~");
	read_text(text);
	CHECK_REASONS("too_long ");
	/* pointers, places, and a charge that is more than a denial takes away */
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:1~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1***"
			  "1:1:1:1:1:1:1:1:1:1:1:1:1~DTP*472*D8*20260105~" TRAILER);
	CHECK(x12_found(&got.last.warnings, "bad_pointer"));
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:1~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1*"
			  "1234567890123456**1~DTP*472*D8*20260105~" TRAILER);
	CHECK(x12_found(&got.last.warnings, "bad_value"));
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:1~HI*ABK:E1165~LX*1~SV1*HC:99214*00000000000000150*"
			  "UN*1***1~DTP*472*D8*20260105~SVD*P*0*HC:99214**1~CAS*CO*45*100~SE*15*0001~GE*1*1~"
			  "IEA*1*1~");
	CHECK(!got.last.denied);
	/* a void that is written 08 is no new claim; a day of death that is none is told */
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:08~REF*F8*P0~HI*ABK:E1165~LX*1~"
			  "SV1*HC:99214*150*UN*1***1~DTP*472*D8*20260105~SE*14*0001~GE*1*1~IEA*1*1~");
	CHECK_REASONS("too_long ");
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:>~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1***1~"
			  "DTP*472*D8*20260105~" TRAILER);
	CHECK_REASONS("component_separator ");
	read_text(ISA GS ST WHO "PAT*****D8*20260230~" CLAIM "SE*14*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.refused, 0);
	CHECK(x12_found(&got.last.warnings, "bad_date"));
	/* a guide that is too long is no other one */
	n = (size_t) sprintf(text, "%s", ISA GS "ST*837*0001*005010X222A1");
	memset(text + n, '1', 80);
	sprintf(text + n + 80, "%s", "~" WHO CLAIM TRAILER);
	read_text(text);
	CHECK_INT(got.claims, 0);
	CHECK_REASONS("unsupported_transaction ");
}

/* A segment of ten million bytes refuses the claim it is in, and no other. */
static void
test_long_segment(void)
{
	size_t		length = 10000000;
	char	   *file = malloc(length + 2000);
	size_t		n = (size_t) sprintf(file, "%s", ISA GS ST WHO CLAIM "NTE*");

	memset(file + n, 'x', length);
	n += length;
	n += (size_t) sprintf(file + n, "~" CLAIM "SE*19*0001~GE*1*1~IEA*1*1~");
	for (size_t piece = 1000; piece <= n; piece = piece * 100)
	{
		read_file(file, n, piece);
		CHECK_INT(got.claims, 2);
		CHECK_INT(got.refused, 1);
		CHECK_REASONS("too_long ");
	}
	free(file);
}

/* One date or two, and what is none */
static void
test_dates(void)
{
	static const struct
	{
		const char *text;
		x12_day		from;
		x12_day		to;
	}			dates[] = {
		{"20000101", 0, 0}, {"20260105", 9501, 9501}, {"19991231", -1, -1},
		{"20260105-20260106", 9501, 9502}, {"202601051405", 9501, 9501},
		{" 20260105 ", 9501, 9501}, {"20240229", 8825, 8825}, {"18000101", -73048, -73048}
	};
	static const char *const wrong[] = {
		"", "2026", "20260230", "20250229", "19000229", "20261301", "20260100", "2026010A",
		"20260105-", "20260105-2026", "20260105x20260106", "00000000", "202601051"
	};
	x12_day		from;
	x12_day		to;

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
	{
		x12_slice	slice = {dates[i].text, strlen(dates[i].text)};

		CHECK(x12_dates(slice, &from, &to));
		CHECK_INT(from, dates[i].from);
		CHECK_INT(to, dates[i].to);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		x12_slice	slice = {wrong[i], strlen(wrong[i])};

		CHECK(!x12_dates(slice, &from, &to));
	}
}

/* What another payer says of a claim is not the claim's. */
static void
test_loops(void)
{
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:7~REF*F8*MINE~HI*ABK:E1165~"
			  "NM1*82*1*R*R****XX*1234567893~"
			  "SBR*S*18~NM1*IL*1*X*Y****MI*OTHER~NM1*82*1*R*R****XX*1999999999~REF*F8*OTHERS~"
			  "HI*ABK:I10~LX*1~SV1*HC:99214:25*150*UN*1***1:3~DTP*472*D8*20260105~"
			  "SVD*P*0*HC:99214**1~CAS*CO*45*100~CAS*PR*3*50~SE*22*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.claims, 1);
	CHECK(got.last.replaces.length == 4 && memcmp(got.last.replaces.text, "MINE", 4) == 0);
	CHECK(memcmp(got.last.rendering.text, "1234567893", 10) == 0);
	CHECK(memcmp(got.last.person.id.text, "M1", 2) == 0);
	CHECK_INT(got.last.diagnoses, 1);
	CHECK_INT(got.last.line[0].pointers, 1);
	/* the patient's share alone is no denial */
	CHECK(!got.last.denied);
	read_text(ISA GS ST WHO CLAIM "SVD*P*0*HC:99214**1~CAS*CO*96*150~SE*15*0001~GE*1*1~IEA*1*1~");
	CHECK(got.last.denied);
	CHECK_REASONS("denied ");
	/* sums of adjustments stay in their type, however many there are */
	read_text(ISA GS ST WHO CLAIM "SVD*P*0*HC:99214**1~"
			  "CAS*CO*45*9999999999999999**45*9999999999999999**45*9999999999999999~"
			  "CAS*CO*45*9999999999999999**45*9999999999999999**45*9999999999999999~"
			  "CAS*CO*45*9999999999999999**45*9999999999999999**45*9999999999999999~"
			  "CAS*CO*45*9999999999999999**45*9999999999999999**45*9999999999999999~"
			  "SE*19*0001~GE*1*1~IEA*1*1~");
	CHECK(got.last.denied);
	/* but nothing is paid for a service that is paid by the head */
	read_text(ISA GS ST WHO "CLM*P1*0***11:B:1~CN1*05~HI*ABK:E1165~LX*1~SV1*HC:99214*150*UN*1***1~"
			  "DTP*472*D8*20260105~SVD*P*0*HC:99214**1~CAS*CO*24*150~SE*16*0001~GE*1*1~IEA*1*1~");
	CHECK(!got.last.denied);
	CHECK_REASONS("");
}

/* Diagnoses: the same one once, in its strongest role, and what is none */
static void
test_diagnoses(void)
{
	read_text(ISA GS ST WHO "CLM*P1*310***11:B:1~"
			  "HI*ABJ:I509*ABK:I50.9*ABF: e119 *ABF:U071*ABF:1234*BF:4019~"
			  "SV1*HC:99214*150*UN*1*22**1~DTP*472*D8*20260105~SE*12*0001~GE*1*1~IEA*1*1~");
	CHECK_INT(got.last.diagnoses, 4);
	CHECK_INT(got.last.diagnosis[0].role, X12_PRINCIPAL);
	CHECK(memcmp(got.last.diagnosis[1].code.text, "E119", 4) == 0);
	CHECK_INT(got.last.diagnosis[3].icd, 9);
	CHECK(x12_found(&got.last.warnings, "bad_diagnosis"));
	CHECK(x12_found(&got.last.warnings, "dx_not_normal"));
	CHECK_INT(got.refused, 0);
	CHECK_INT(got.last.lines, 1);
	CHECK(memcmp(got.last.line[0].place.text, "22", 2) == 0);
}

/*
 * Splitting looks at eight bytes at once: of any bytes, of any length and anywhere, it
 * finds what looking at one after the other finds.
 */
static void
test_split(void)
{
	static const char around[] = {'*', '*', '+', (char) 0xAA, ')', 'A', '\0', (char) 0xFF};
	uint64_t	random = UINT64_C(0x9E3779B97F4A7C15);
	char		text[300];

	for (int i = 0; i < 200000; i++)
	{
		size_t		length;
		size_t		from;
		int			separators = 0;
		bool		same = true;
		x12_parts	parts;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		length = random % 70;
		from = random >> 8 & 7;
		/* from none to nearly all of them are separators */
		for (size_t at = 0; at < length; at++)
		{
			uint64_t	one = (random >> 16) * (at + 1) >> 11;

			text[from + at] = one % 8 < (random >> 32) % 9 ? around[one >> 3 & 7] : 'B';
		}
		x12_split((x12_slice) {text + from, length}, '*', &parts);
		for (size_t at = 0; at <= length && separators < X12_MOST_PARTS; at++)
		{
			if (at < length && text[from + at] != '*')
				continue;
			same = same && parts.start[separators + 1] == text + from + at + 1;
			separators++;
		}
		same = same && parts.start[0] == text + from && parts.n == separators;
		CHECK(same);
		separators = 0;
		for (size_t at = 0; at < length; at++)
			separators += text[from + at] == '*';
		CHECK_INT(parts.more, separators >= X12_MOST_PARTS);
	}
}

/* Run all tests */
int
main(void)
{
	test_split();
	test_separators();
	test_envelopes();
	test_long_segment();
	test_hidden();
	test_hidden_members();
	test_bounds();
	test_dates();
	test_loops();
	test_diagnoses();
	return finish();
}
