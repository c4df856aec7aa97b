/*
 * assert.h
 *	  What the functions of the core rely on, checked on request.
 *
 * -DUSE_ASSERT_CHECKING turns the checks on, as it does PostgreSQL's Assert, for
 * which the core must not ask: it is compiled without PostgreSQL.  So a server
 * built with assertions turns on those of the glue only.
 */
#ifndef HCC_ASSERT_H
#define HCC_ASSERT_H

#ifdef USE_ASSERT_CHECKING
#include <stdio.h>
#include <stdlib.h>

/* Not assert(), which NDEBUG turns off. */
#define hcc_assert(condition) \
	((condition) ? (void) 0 : hcc_assertion_failed(#condition, __FILE__, __LINE__))

/* Says which assertion failed, and aborts, as PostgreSQL's do. */
static inline __attribute__((noreturn)) void
hcc_assertion_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: failed assertion: %s\n", file, line, condition);
	abort();
}
#else
#define hcc_assert(condition) ((void) 0)
#endif

#endif							/* HCC_ASSERT_H */
