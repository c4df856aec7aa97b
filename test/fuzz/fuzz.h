/*
 * fuzz.h
 *	  What the fuzz targets share: reading a test input, memory, and asserting.
 *
 * A target is LLVMFuzzerTestOneInput, which libFuzzer or driver.c calls with
 * many inputs.  All that a target makes is in blocks of exactly the size asked
 * for, so that the address sanitizer sees every step beyond one.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#define REQUIRE_SAME(got, expected) \
	do { \
		long long	got_ = (long long) (got); \
		long long	expected_ = (long long) (expected); \
		if (got_ != expected_) \
		{ \
			fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #got, \
					got_, expected_); \
			abort(); \
		} \
	} while (0)

#define LENGTH(array) ((int) (sizeof(array) / sizeof(array[0])))

/* ---- memory ---- */

/* Blocks that are freed together */
typedef struct fuzz_memory
{
	void	  **block;
	size_t		blocks;
	size_t		room;
} fuzz_memory;

/* An hcc_alloc_fn; the context is a fuzz_memory. */
static void *
fuzz_alloc(void *context, size_t size)
{
	fuzz_memory *memory = context;

	if (memory->blocks == memory->room)
	{
		memory->room = memory->room > 0 ? 2 * memory->room : 64;
		memory->block = realloc(memory->block, memory->room * sizeof(void *));
		REQUIRE(memory->block != NULL);
	}
	memory->block[memory->blocks] = calloc(1, size);
	REQUIRE(memory->block[memory->blocks] != NULL);
	return memory->block[memory->blocks++];
}

/* Free all blocks; the memory can be used again. */
static inline void
fuzz_free(fuzz_memory *memory)
{
	while (memory->blocks > 0)
		free(memory->block[--memory->blocks]);
	free(memory->block);
	memset(memory, 0, sizeof(*memory));
}

/* A block with these bytes, of exactly their size */
static inline void *
fuzz_copy(fuzz_memory *memory, const void *bytes, size_t size)
{
	void	   *copy = fuzz_alloc(memory, size);

	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

/* ---- the input ---- */

/*
 * A test input that is read byte by byte.  Behind its end come numbers that
 * depend on its first bytes, so that a short input, too, makes large things.
 */
typedef struct fuzz_input
{
	const uint8_t *at;
	size_t		left;
	uint64_t	beyond;
} fuzz_input;

/* An input from its first byte on; data has to stay where it is. */
static inline fuzz_input
fuzz_begin(const uint8_t *data, size_t size)
{
	fuzz_input	in = {data, size, UINT64_C(0x9E3779B97F4A7C15)};

	for (size_t i = 0; i < size && i < 8; i++)
		in.beyond = (in.beyond ^ data[i]) * UINT64_C(0x100000001B3);
	if (in.beyond == 0)
		in.beyond = 1;
	return in;
}

/*
 * The next of a sequence of numbers (xorshift*); a state of 0 would give
 * nothing else.
 */
static inline uint64_t
fuzz_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* The next byte, beyond the end, too */
static inline uint8_t
fuzz_byte(fuzz_input *in)
{
	if (in->left == 0)
		return (uint8_t) (fuzz_next(&in->beyond) >> 56);
	in->left--;
	return *in->at++;
}

/* A number from 0 to n - 1 */
static inline int
fuzz_below(fuzz_input *in, int n)
{
	uint32_t	number = fuzz_byte(in);

	if (n > 256)
		number = number << 8 | fuzz_byte(in);
	return n > 0 ? (int) (number % (uint32_t) n) : 0;
}

/* True once in n times */
static inline bool
fuzz_once_in(fuzz_input *in, int n)
{
	return fuzz_byte(in) % n == (unsigned) n - 1;
}

/* The next eight bytes */
static inline uint64_t
fuzz_word(fuzz_input *in)
{
	uint64_t	word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | fuzz_byte(in);
	return word;
}

#endif							/* FUZZ_H */
