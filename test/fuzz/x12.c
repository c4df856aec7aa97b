/*
 * Fuzzing the readers of X12: files put together from segments that mean
 * something, with any separators, cut off, repeated or with any bytes among
 * them. A file read whole and read in pieces must say the same, every claim and
 * every member must be told, and what is told must hold together.
 */
#include "fuzz.h"

#include "core/x12_claim.h"
#include "core/x12_member.h"

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, size) ((void) (at), (void) (size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void) (at), (void) (size))
#endif

#define MOST_BYTES 8192

/* Segments, with * : and ~ in place of the separators */
static const char *const segments[] = {
	"GS*HC*S*R*20260115*0930*1*X*005010X222A1~", "ST*837*0001*005010X222A1~",
	"ST*837*0002*005010X223A2~", "ST*834*0003*005010X220A1~", "ST*837*0004~",
	"ST*835*0005*005010X221A1~", "HL*1**20*1~", "HL*2*1*22*0~", "HL*3*2*23*0~",
	"NM1*85*2*CLINIC*****XX*1245319599~", "SBR*P*18*******MB~",
	"NM1*IL*1*A*B****MI*1S00E00AA01~", "DMG*D8*19480305*F~", "DMG*D8*19481305*X~",
	"NM1*PR*2*PLAN*****PI*H9999~", "REF*2U*H9999~", "PAT*19****D8*20260104~",
	"NM1*QC*1*A*C~", "CLM*P001*310***11:B:1*Y*A*Y*Y~", "CLM*P001*310***11:A:7~",
	"CLM*V*0***13>A>8~", "CLM*X*1***11:A:G~", "REF*F8*ICN1~", "REF*EA*8~", "PWK*09*AA~", "CN1*05~",
	"HI*ABK:E1165*ABF:I5022:::::::Y*ABF:Z794~", "HI*abk:e11.65~", "HI*BK*8901~", "HI*BK:25000~",
	"HI*ABK:E1165*ABK:E1165*ABJ:R0602*APR:R5383*ABN:W19XXXA~", "DTP*434*RD8*20251228-20260103~",
	"DTP*434*D8*20261301~", "DTP*472*D8*20260105~", "DTP*472*RD8*20260107-20260105~",
	"DTP*472*D8*~", "LX*1~", "SV1*HC:99214:25:59*150*UN*1*11**1:2:7~", "SV1*HC>99213*1~",
	"SV2*0120**6000*UN*6~", "SV2*22*HP:KAGD1*0~", "SV5*HC:E0431*1.255~", "LIN**N4*50242-0060-01~",
	"NM1*82*1*R*R****XX*1679576722~", "NM1*71*1*R*R****XX*16795767220~", "SVD*P*0*HC:99214**1~",
	"CAS*CO*45*150~", "CAS*PR*1*20*1*96*130~", "SE*9*0001~", "GE*1*1~", "IEA*1*000000001~",
	"INS*Y*18*030*XN*A*C:0**FT~", "INS*N*19*024*03*A*E**TE***D8*20260215~", "REF*0F*M0001~",
	"REF*F6*1S00E00AC01~", "NM1*IL*1*O*P****ZZ*M0001~", "NM1*74*1*O*Q~", "NM1*70*1*O*R~",
	"HD*030**HMO*H9999-001~", "DTP*348*D8*20260101~", "DTP*349*RD8*20260101-20261231~",
	"DTP*338*D8*20130301~", "LX*01~", "~", "\r\n", "  N3*1 MAIN ST ~"
};

static const char header[] =
	"ISA*00*          *00*          *ZZ*S              *ZZ*R              *260115*0930*^*00501*"
	"000000001*0*P*:~";

/* ---- what a reader tells, as a number ---- */

typedef struct transcript
{
	uint64_t	hash;
	int64_t		told;			/* claims or members */
	int64_t		begun;			/* segments that begin one */
	bool		open;			/* in a transaction */
} transcript;

typedef struct claim_run
{
	x12_claims	claims;
	transcript	said;
	void		(*take) (x12_reader *reader, const x12_segment *segment);
} claim_run;

typedef struct member_run
{
	x12_members members;
	transcript	said;
	void		(*take) (x12_reader *reader, const x12_segment *segment);
} member_run;

/* Add bytes to what has been said. */
static void
say(transcript *said, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		said->hash = (said->hash ^ ((const uint8_t *) bytes)[i]) * UINT64_C(0x100000001B3);
}

/* Add a number. */
static void
say_number(transcript *said, int64_t number)
{
	said->hash = (said->hash ^ (uint64_t) number) * UINT64_C(0x9E3779B97F4A7C15);
	said->hash ^= said->hash >> 29;
}

/* Add a kept value, which has to have room. */
static void
say_value(transcript *said, const x12_value *value)
{
	REQUIRE(value->length <= X12_LONGEST_VALUE);
	say(said, value->text, value->length);
	say_number(said, value->length);
}

/* Add a code. */
static void
say_code(transcript *said, const x12_code *code)
{
	REQUIRE(code->length <= sizeof(code->text));
	say(said, code->text, code->length);
	say_number(said, code->length);
}

/* Add findings. */
static void
say_findings(transcript *said, const x12_findings *findings)
{
	REQUIRE(findings->n >= 0 && findings->n <= X12_MOST_FINDINGS);
	for (int i = 0; i < findings->n; i++)
	{
		say(said, findings->finding[i].reason, strlen(findings->finding[i].reason));
		say(said, findings->finding[i].field, strlen(findings->finding[i].field));
		say_number(said, findings->finding[i].position);
	}
}

/* Add a note. */
static void
say_note(transcript *said, const x12_note *note)
{
	x12_findings findings = {1, {note->finding}};

	say_findings(said, &findings);
	say_number(said, note->said * 2 + note->file);
	say_number(said, note->counted * 2 + note->refused);
}

/* ---- claims ---- */

/* A claim is told: what it says holds together. */
static void
take_claim(x12_claims *claims, const x12_claim *claim)
{
	transcript *said = &((claim_run *) claims)->said;

	said->told++;
	REQUIRE(claim->diagnoses <= X12_MOST_DIAGNOSES && claim->lines <= X12_MOST_LINES);
	say_number(said, claim->position);
	say_value(said, &claim->claim);
	say_value(said, &claim->person.id);
	say_value(said, &claim->replaces);
	say_value(said, &claim->payer);
	say_value(said, &claim->contract);
	say_code(said, &claim->billing);
	say_code(said, &claim->rendering);
	say_number(said, claim->from);
	say_number(said, claim->to);
	say(said, x12_claim_type(claim), strlen(x12_claim_type(claim)));
	REQUIRE(claim->refused.n > 0 ||
			(claim->from <= claim->to && claim->from != X12_NO_DAY && claim->person.id.length > 0 &&
			 claim->claim.length > 0 && claim->to <= claims->reader.today));
	for (int i = 0; i < claim->diagnoses; i++)
	{
		const x12_diagnosis *diagnosis = &claim->diagnosis[i];

		REQUIRE(diagnosis->role <= X12_ADMITTING && diagnosis->seq <= claim->hi_codes);
		REQUIRE(diagnosis->code.length >= 3);
		say_code(said, &diagnosis->code);
		say_number(said, diagnosis->role * 1000 + diagnosis->icd);
		for (int j = 0; j < i; j++)
			REQUIRE(claim->diagnosis[j].icd != diagnosis->icd ||
					claim->diagnosis[j].code.length != diagnosis->code.length ||
					memcmp(claim->diagnosis[j].code.text, diagnosis->code.text,
						   diagnosis->code.length) != 0);
	}
	for (int i = 0; i < claim->lines; i++)
	{
		const x12_line *line = &claim->line[i];

		REQUIRE(line->pointers >= 0 && line->pointers <= X12_MOST_POINTERS);
		for (int p = 0; p < line->pointers; p++)
			REQUIRE(line->pointer[p] >= 1 && line->pointer[p] <= claim->hi_codes);
		say_code(said, &line->code);
		say_code(said, &line->place);
		say_code(said, &line->ndc);
		say_number(said, line->from);
		say_number(said, line->denied);
	}
	say_findings(said, &claim->warnings);
	say_findings(said, &claim->refused);
}

/* A segment on its way to the reader of claims */
static void
count_claim(x12_reader *reader, const x12_segment *segment)
{
	claim_run  *run = (claim_run *) reader;

	run->said.begun += segment->id == X12_ID('C', 'L', 'M');
	run->take(reader, segment);
}

/* A note of the reader of claims */
static void
note_claim(x12_reader *reader, const x12_note *note)
{
	say_note(&((claim_run *) reader)->said, note);
}

/* ---- members ---- */

/* A member is told. */
static void
take_member(x12_members *members, const x12_member *member)
{
	transcript *said = &((member_run *) members)->said;

	said->told++;
	say_number(said, member->position);
	say_value(said, &member->own_id);
	say_value(said, &member->last);
	say_number(said, member->birth);
	say_number(said, member->death);
	for (int i = 0; i < member->references; i++)
		say_value(said, &member->reference[i].value);
	for (int i = 0; i < member->coverages; i++)
	{
		say_value(said, &member->coverage[i].plan);
		say_number(said, member->coverage[i].from);
		say_number(said, member->coverage[i].to);
	}
	say_findings(said, &member->warnings);
	say_findings(said, &member->refused);
}

/* A segment on its way to the reader of members */
static void
count_member(x12_reader *reader, const x12_segment *segment)
{
	member_run *run = (member_run *) reader;

	run->said.begun += segment->id == X12_ID('I', 'N', 'S') ||
		(segment->too_long && segment->id == X12_NO_ID && !run->members.open);
	run->take(reader, segment);
}

/* A note of the reader of members */
static void
note_member(x12_reader *reader, const x12_note *note)
{
	say_note(&((member_run *) reader)->said, note);
}

/* ---- runs ---- */

/*
 * Push bytes; pieces of 0: all at once.
 *
 * Nothing but the piece that is pushed can be looked at, as if each were a block of
 * exactly its size and freed when it is read: blocks for pieces of one byte took most
 * of the time.  Each piece stands behind the one before, so that what is kept of that
 * does not lie in this one.
 */
static void
push(x12_reader *reader, const char *bytes, size_t length, size_t piece)
{
	static _Alignas(8) char room[4 * MOST_BYTES];
	static size_t begin = sizeof(room);

	for (size_t at = 0; at < length;)
	{
		size_t		size = piece == 0 || piece > length - at ? length - at : piece;

		/* sanitizers see steps beyond a block by the bytes around it, of which eight are a unit */
		if (begin + size + 32 > sizeof(room))
		{
			ASAN_POISON_MEMORY_REGION(room, sizeof(room));
			begin = 16;
		}
		ASAN_UNPOISON_MEMORY_REGION(room + begin, size);
		memcpy(room + begin, bytes + at, size);
		x12_push(reader, room + begin, size);
		ASAN_POISON_MEMORY_REGION(room + begin, size);
		begin += (size + 7) / 8 * 8 + 16;
		at += size;
	}
	x12_finish(reader);
}

/* Read a file as claims; what was said of it */
static uint64_t
read_claims(const char *bytes, size_t length, size_t piece)
{
	static claim_run run;

	memset(&run.said, 0, sizeof(run.said));
	x12_claims_start(&run.claims);
	run.claims.claim = take_claim;
	run.claims.reader.note = note_claim;
	run.claims.reader.today = 9500;
	run.take = run.claims.reader.segment;
	run.claims.reader.segment = count_claim;
	push(&run.claims.reader, bytes, length, piece);
	REQUIRE_SAME(run.said.told, run.said.begun);
	return run.said.hash;
}

/* Read a file as members; what was said of it */
static uint64_t
read_members(const char *bytes, size_t length, size_t piece)
{
	static member_run run;

	memset(&run.said, 0, sizeof(run.said));
	x12_members_start(&run.members);
	run.members.member = take_member;
	run.members.reader.note = note_member;
	run.members.reader.today = 9500;
	run.take = run.members.reader.segment;
	run.members.reader.segment = count_member;
	push(&run.members.reader, bytes, length, piece);
	REQUIRE_SAME(run.said.told, run.said.begun);
	return run.said.hash;
}

/* Add a text with other separators in place of its own. */
static size_t
add(char *file, size_t length, const char *text, const char *separators)
{
	for (; *text != '\0' && length < MOST_BYTES; text++)
		file[length++] = *text == '*' ? separators[0] : *text == ':' ? separators[1]
			: *text == '~' ? separators[2] : *text;
	return length;
}

/* A file of segments */
static size_t
draw_file(fuzz_input *in, char *file)
{
	static const char *const separators[] = {"*:~", "*:\n", "|>~", "~^_", "*:~", "**~", "*\n:"};
	const char *own = separators[fuzz_below(in, LENGTH(separators))];
	size_t		length = 0;

	while (in->left > 0 && length < MOST_BYTES)
	{
		int			kind = fuzz_below(in, 40);

		if (length == 0 || kind == 0)
			length = add(file, length, header, own);
		else if (kind == 1)
			file[length++] = (char) fuzz_byte(in);
		else if (kind == 2 && length > 0)
			length -= (size_t) fuzz_below(in, 8) % length;
		else if (kind == 3 && length + X12_LONGEST_SEGMENT + 200 < MOST_BYTES)
		{
			/* any segment, or none, and more than there is room for */
			length = add(file, length, segments[fuzz_below(in, LENGTH(segments))], own);
			length -= (size_t) fuzz_below(in, 24) % length;
			memset(file + length, 'x', X12_LONGEST_SEGMENT - 8);
			length += X12_LONGEST_SEGMENT - 8;
			length = add(file, length, &"0123456789~"[fuzz_below(in, 10)], own);
		}
		else if (kind == 4)
		{
			for (int more = fuzz_below(in, 40); more > 0 && length < MOST_BYTES; more--)
				length = add(file, length, "*ABF:I110", own);
		}
		else
			length = add(file, length, segments[fuzz_below(in, LENGTH(segments))], own);
	}
	return length;
}

/* An input is a file as it is, or draws one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char file[MOST_BYTES + 1];
	fuzz_input	in = fuzz_begin(data, size);
	bool		raw = fuzz_once_in(&in, 8);
	size_t		piece = 1 + (size_t) fuzz_below(&in, 200);
	const char *bytes = raw ? (const char *) in.at : file;
	size_t		length = raw ? in.left < MOST_BYTES ? in.left : MOST_BYTES : draw_file(&in, file);

	REQUIRE(read_claims(bytes, length, 0) == read_claims(bytes, length, piece));
	REQUIRE(read_members(bytes, length, 0) == read_members(bytes, length, piece));
	return 0;
}
