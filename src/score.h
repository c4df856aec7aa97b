/*
 * score.h
 *	  What the scoring functions share: call sites, and diagnoses as sets of HCCs.
 *
 * A call site is a place in a query that calls one of our functions; it hangs on
 * the function's FmgrInfo.  A score site is a model with settings, as that place
 * uses it.  Score sites, the people that they know and all else that depends on
 * the tables are in the memory of the call site's pin, so that they cannot outlive
 * the models that they point to.
 */
#ifndef HCCRAF_SCORE_H
#define HCCRAF_SCORE_H

#include "fmgr.h"

#include "beneficiary.h"
#include "core/evaluate.h"
#include "icd10_set.h"
#include "model_cache.h"
#include "result_rows.h"

/* Which model, as the arguments say; NULL and 0: the default */
typedef struct ScoreSettings
{
	const char *model;
	int			payment_year;
	const char *calibration;
	bool		mce;			/* with the edits of the code editor */
	hcc_order	order;			/* HCC_ORDER_OF_MODEL: as the model has it in the year */
} ScoreSettings;

/* A person as seen before; of an empty place the age is one that nobody has */
typedef struct KnownPerson
{
	hcc_beneficiary who;
	hcc_person	person;
} KnownPerson;

/*
 * People who score alike come again and again: this many are kept by hash.  To
 * see a person with a model's eyes means to go through its age rules, segments
 * and demographic terms, which takes longer than a comparison of 48 bytes.  64 of
 * them are 6 kB, a small part of a processor's first cache.
 */
#define KNOWN_PEOPLE_LOG2 6

/* A model with its settings as one place in a query uses it */
typedef struct ScoreSite
{
	struct ScoreSite *next;		/* of the call site; the one made first is the last */
	ScoreSettings settings;		/* as they were asked for */
	const CachedModel *model;	/* pinned as long as the site lives */
	KnownPerson known[1 << KNOWN_PEOPLE_LOG2];
} ScoreSite;

/*
 * A place in a query that scores; lives in fn_extra.  It has one state of the
 * reference tables pinned, and in the memory of that pin all that was made of
 * them.  Where the settings differ from row to row, it has a score site for
 * each combination.
 */
typedef struct CallSite
{
	CachePin   *pin;			/* NULL only after an error on the way to one */

	/* in the memory of the pin, and forgotten with it (StartOver) */
	bool		settings_fixed; /* constants: one score site serves all rows */
	ScoreSite  *sites;
	int			n_sites;

	/* raf_scores_of_models and icd_has_any_hcc with a constant list: one site each */
	ScoreSite **listed;
	int			n_listed;

	struct FilterSite *filters; /* of the encounter filter */
	struct GapSearch *gaps;		/* raf_gaps: what is behind its rows */

	/* beside it, in the memory of the FmgrInfo: room that serves any model */
	ResultRows	rows;			/* of a set that is handed out row by row */
} CallSite;

/* Where the settings stand among the arguments: model, payment_year, ... */
typedef struct SettingArgs
{
	int			first;
	int			count;			/* of model, payment_year, calibration, mce, hierarchy_order */
} SettingArgs;

extern ScoreSettings ReadSettings(FunctionCallInfo fcinfo, SettingArgs args);
extern CallSite *GetCallSite(FunctionCallInfo fcinfo);
extern CallSite *GetAggregateSite(FunctionCallInfo fcinfo, MemoryContext aggregate);
extern void NoteProvisional(int payment_year);
extern ScoreSite *FindScoreSite(CallSite *call, const ScoreSettings *settings);
extern ScoreSite *GetScoreSite(FunctionCallInfo fcinfo, SettingArgs args);
extern ScoreSite *GetScoreSiteOf(FunctionCallInfo fcinfo, CallSite *call, SettingArgs args);
extern const hcc_person *MakePerson(ScoreSite *site, const hcc_beneficiary *who,
									KnownPerson *place);
extern void MapCodes(const ScoreSite *site, const hcc_person *person, const icd10_code *codes,
					 size_t n, hcc_word *set);
extern bool IsTextArray(FunctionCallInfo fcinfo, int arg);
extern void ViewDiagnoses(FunctionCallInfo fcinfo, int arg, CodeView *codes);
extern icd10_code *ReadDiagnoses(FunctionCallInfo fcinfo, int arg, size_t *n);
extern Datum ScoreDatum(hcc_score score);
extern Datum CsrFactorDatum(const ScoreSite *site, const hcc_beneficiary *who);
extern Datum FixedDatum(int64 value, int digits);
extern Datum TextArray(const char *const *texts, int n);
extern Datum HccArray(const hcc_model *model, const hcc_word *set);
extern void AddHccs(const CachedModel *model, ArrayType *hccs, hcc_word *set);

/* The rows of a set that a call before this one has begun, or NULL */
static inline ResultRows *
PendingRows(FunctionCallInfo fcinfo)
{
	CallSite   *call = fcinfo->flinfo->fn_extra;

	return call != NULL && call->rows.pending ? &call->rows : NULL;
}

/*
 * The person as the site's model sees one; good until the next call, which
 * may need its place.  An error if no segment of the model fits.
 *
 * Its eight bytes from age to esrd choose the place; what differs in others alone
 * shares one and is told apart by the comparison of all 48, which have no padding.
 */
static inline const hcc_person *
SitePerson(ScoreSite *site, const hcc_beneficiary *who)
{
	KnownPerson *place;
	uint64		first;			/* the fields that differ most */

	memcpy(&first, who, sizeof(first));
	place = &site->known[(first * UINT64CONST(0x9E3779B97F4A7C15)) >> (64 - KNOWN_PEOPLE_LOG2)];
	if (likely(memcmp(&place->who, who, sizeof(hcc_beneficiary)) == 0))
		return &place->person;
	return MakePerson(site, who, place);
}

/*
 * From the HCCs of the codes to the score; changes the set, to the active HCCs.
 * Cannot fail and allocates nothing.
 */
static inline hcc_score
ScoreSet(const ScoreSite *site, const hcc_person *person, hcc_word *set)
{
	hcc_resolve(site->model->compiled, site->settings.order, set);
	return hcc_evaluate(site->model->compiled, person, set);
}

#endif							/* HCCRAF_SCORE_H */
