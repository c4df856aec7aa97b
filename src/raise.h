/*
 * raise.h
 *	  Errors without the lines of CONTEXT that say which of our functions called
 *	  each other, which nobody who runs them needs.
 */
#ifndef HCCRAF_RAISE_H
#define HCCRAF_RAISE_H

extern int	PlainErrcode(int sqlstate);

#endif
