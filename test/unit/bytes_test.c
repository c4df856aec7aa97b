/* Unit tests of bytes.h: what is copied, and that nothing around it is touched */
#include "core/bytes.h"

#include <stdbool.h>

#include "check.h"

/* Every length up to some words, from and to any alignment */
static void
test_copy(void)
{
	char		from[80];
	char		to[80];

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (char) (i * 37 + 1);
	for (size_t length = 0; length <= 40; length++)
	{
		for (size_t at = 0; at < 64; at++)
		{
			const char *source = from + at % 8;
			char	   *target = to + 8 + at / 8;
			bool		same = true;

			memset(to, '#', sizeof(to));
			hcc_copy_short(target, source, length);
			for (size_t i = 0; i < sizeof(to); i++)
			{
				bool		within = to + i >= target && to + i < target + length;

				same = same && to[i] == (within ? source[to + i - target] : '#');
			}
			CHECK(same);
		}
	}
}

/* The first byte is the lowest, on any machine. */
static void
test_word(void)
{
	CHECK(hcc_little_word("\x01\x02\x03\x04\x05\x06\x07\xF8") ==
		  UINT64_C(0xF807060504030201));
}

/* Run all tests */
int
main(void)
{
	test_copy();
	test_word();
	return finish();
}
