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

/* Read a file in pieces of some length. */
static void
read_file(const char *bytes, size_t length, size_t piece)
{
	static x12_claims claims;

	memset(&got, 0, sizeof(got));
	x12_claims_start(&claims);
	claims.claim = take_claim;
	claims.reader.note = take_note;
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

/* Run all tests */
int
main(void)
{
	test_separators();
	test_envelopes();
	test_long_segment();
	test_dates();
	test_loops();
	test_diagnoses();
	return finish();
}
