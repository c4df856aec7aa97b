/*
 * Unit tests of bits.h: what the compiler has built in, where it has, and what
 * stands in for it elsewhere, against counting one bit after the other.
 */
#include "core/bits.h"

/* The header once more, under other names and without what is built in */
#undef HCC_BITS_H
#undef HCC_BUILTIN_BITS
#define HCC_PORTABLE_BITS
#define hcc_bit_count portable_bit_count
#define hcc_lowest_bit portable_lowest_bit
#include "core/bits.h"
#undef hcc_bit_count
#undef hcc_lowest_bit

#include "check.h"

/* All functions agree with the definition for a word. */
static void
check_word(uint64_t word)
{
	int			count = 0;
	int			lowest = -1;

	for (int bit = 63; bit >= 0; bit--)
	{
		if ((word >> bit) & 1)
		{
			count++;
			lowest = bit;
		}
	}
	CHECK_INT(hcc_bit_count(word), count);
	CHECK_INT(portable_bit_count(word), count);
	if (word != 0)
	{
		CHECK_INT(hcc_lowest_bit(word), lowest);
		CHECK_INT(portable_lowest_bit(word), lowest);
	}
}

/* No bit, every bit alone, every pair, and many words of any number of bits */
int
main(void)
{
	uint64_t	word = UINT64_C(0x9E3779B97F4A7C15);

	check_word(0);
	check_word(UINT64_MAX);
	for (int a = 0; a < 64; a++)
	{
		for (int b = 0; b < 64; b++)
			check_word(UINT64_C(1) << a | UINT64_C(1) << b);
	}
	for (int i = 0; i < 1000; i++)
	{
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		check_word(word);
		check_word(word << (i % 64));
	}
	return finish();
}
