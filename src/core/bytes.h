/*
 * bytes.h
 *	  Copying a few bytes, and looking at eight of them at once.
 *
 * Values of files are short and of any length.  For a length that it does not know but
 * knows a bound of, as of a field, a compiler has the processor copy byte after byte,
 * which takes as long to begin as most values take; and a call of memcpy() does, too.
 */
#ifndef HCC_BYTES_H
#define HCC_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copy eight bytes, wherever they are, and say what they are. */
static inline uint64_t
hcc_copy_word(char *to, const char *from)
{
	uint64_t	word;

	memcpy(&word, from, sizeof(word));
	memcpy(to, &word, sizeof(word));
	return word;
}

/* Copy four. */
static inline uint32_t
hcc_copy_half(char *to, const char *from)
{
	uint32_t	half;

	memcpy(&half, from, sizeof(half));
	memcpy(to, &half, sizeof(half));
	return half;
}

/* Eight bytes as a number, the first one lowest; compilers make one load of it. */
static inline uint64_t
hcc_little_word(const char *from)
{
	const unsigned char *at = (const unsigned char *) from;

	return (uint64_t) at[0] | (uint64_t) at[1] << 8 | (uint64_t) at[2] << 16 |
		(uint64_t) at[3] << 24 | (uint64_t) at[4] << 32 | (uint64_t) at[5] << 40 |
		(uint64_t) at[6] << 48 | (uint64_t) at[7] << 56;
}

/*
 * Copy bytes that are few.  The last words overlap those before, in the place of a loop
 * over what is left; nothing is read or written beyond.
 */
static inline void
hcc_copy_short(char *to, const char *from, size_t length)
{
	if (length >= sizeof(uint64_t))
	{
		for (size_t i = 0; i < length - sizeof(uint64_t); i += sizeof(uint64_t))
			hcc_copy_word(to + i, from + i);
		hcc_copy_word(to + length - sizeof(uint64_t), from + length - sizeof(uint64_t));
	}
	else if (length >= sizeof(uint32_t))
	{
		hcc_copy_half(to, from);
		hcc_copy_half(to + length - sizeof(uint32_t), from + length - sizeof(uint32_t));
	}
	else if (length > 0)
	{
		/* the first, the middle, the last: of two or one they are the same */
		to[0] = from[0];
		to[length / 2] = from[length / 2];
		to[length - 1] = from[length - 1];
	}
}

#endif							/* HCC_BYTES_H */
