/*
 * bits.h
 *	  Counting and finding the bits of a word.
 *
 * The core is compiled without PostgreSQL, and has not its port/pg_bitutils.h.
 * Compilers that have builtins use these.  For counting that is not always the
 * processor's own instruction: not all processors have it, and a package is built
 * for all of them.  Where a set has few bits, clearing one after the other is
 * faster than counting (count_bits in evaluate.c).
 *
 * HCC_PORTABLE_BITS, which the unit tests set, takes the ways for other compilers
 * in their place.
 */
#ifndef HCC_BITS_H
#define HCC_BITS_H

#include <stdint.h>

#include "core/assert.h"

#if defined(__GNUC__) && !defined(HCC_PORTABLE_BITS)
#define HCC_BUILTIN_BITS
#endif

/* Number of bits that are set */
static inline int
hcc_bit_count(uint64_t word)
{
#ifdef HCC_BUILTIN_BITS
	return __builtin_popcountll(word);
#else
	/* sums of 2, of 4 and of 8 bits side by side; the product adds up the bytes */
	word -= (word >> 1) & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) + ((word >> 2) & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (int) ((word * UINT64_C(0x0101010101010101)) >> 56);
#endif
}

/* Position of the lowest bit that is set, from 0; there must be one. */
static inline int
hcc_lowest_bit(uint64_t word)
{
	hcc_assert(word != 0);
#ifdef HCC_BUILTIN_BITS
	return __builtin_ctzll(word);
#else
	/* the bits below it, and they alone, change when 1 is taken away */
	return hcc_bit_count(~word & (word - 1));
#endif
}

#endif							/* HCC_BITS_H */
