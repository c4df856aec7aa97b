/*
 * check.h
 *	  The least a unit test needs: say what failed, count, and exit non-zero.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int	checks_done;
static int	checks_failed;

#define CHECK(condition) \
	do { \
		checks_done++; \
		if (!(condition)) \
		{ \
			checks_failed++; \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
		} \
	} while (0)

#define CHECK_INT(got, expected) \
	do { \
		long long	got_ = (got); \
		long long	expected_ = (expected); \
		checks_done++; \
		if (got_ != expected_) \
		{ \
			checks_failed++; \
			printf("%s:%d: %s is %lld, expected %lld\n", \
				   __FILE__, __LINE__, #got, got_, expected_); \
		} \
	} while (0)

/* The value of main */
static inline int
finish(void)
{
	printf("%d checks, %d failed\n", checks_done, checks_failed);
	return checks_failed > 0 || checks_done == 0;
}

#endif							/* CHECK_H */
