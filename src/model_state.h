/*
 * model_state.h
 *	  Which state of the reference tables a snapshot shows.
 */
#ifndef HCCRAF_MODEL_STATE_H
#define HCCRAF_MODEL_STATE_H

#include "utils/snapshot.h"

/* Counts subtransactions that were rolled back: after one, a statement may see another state. */
extern uint64 state_epoch;

extern Oid	ModelStateTable(Oid schema);
extern void InitModelState(void);
extern bool StateIsChanging(Snapshot snapshot);
extern int64 ReadModelState(Oid state_table, Snapshot snapshot);

#endif							/* HCCRAF_MODEL_STATE_H */
