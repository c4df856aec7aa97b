/*
 * Runs a fuzz target where libFuzzer is not at hand.
 *
 *		TARGET -runs=N | -seconds=N [-save=FILE]	mutated inputs, the same ones each time
 *		TARGET FILE...				these inputs, one after another
 *
 * Inputs are random bytes or changes to earlier inputs; nothing guides them.
 * A child runs the target, and leaves each input in shared memory first: so
 * the parent can show what the child died of, whatever way it died.
 */
#include "fuzz.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_INPUT 4096
#define KEPT 64					/* inputs to be changed further */
#define SECONDS_FOR_ONE 60

typedef struct shared
{
	long long	executions;
	size_t		size;
	uint8_t		data[MAX_INPUT];
} shared;

typedef struct kept_input
{
	size_t		size;
	uint8_t		data[MAX_INPUT];
} kept_input;

static shared *current;
static kept_input kept[KEPT];
static uint64_t random_state = UINT64_C(20240229);

/* From 0 to n - 1; 0 if there is none */
static size_t
random_below(size_t n)
{
	return n > 0 ? (size_t) (fuzz_next(&random_state) >> 16) % n : 0;
}

/* Any bytes, mostly a few hundred */
static void
make_random(kept_input *input)
{
	input->size = random_below(random_below(8) == 0 ? MAX_INPUT : 300);
	for (size_t i = 0; i < input->size; i++)
		input->data[i] = (uint8_t) (fuzz_next(&random_state) >> 56);
}

/* Change an input in one of a few ways. */
static void
change(kept_input *input)
{
	size_t		at = random_below(input->size);
	size_t		n = 1 + random_below(16);
	const kept_input *other = &kept[random_below(KEPT)];

	if (input->size < 2 * n)
	{
		make_random(input);
		return;
	}
	if (at + n > input->size)
		at = input->size - n;
	switch (random_below(6))
	{
		case 0:
			input->data[at] ^= (uint8_t) (1 << random_below(8));
			break;
		case 1:
			input->data[at] = (uint8_t) fuzz_next(&random_state);
			break;
		case 2:
			memset(&input->data[at], random_below(2) ? 0 : 0xFF, n);
			break;
		case 3:					/* take bytes out */
			memmove(&input->data[at], &input->data[at + n], input->size - at - n);
			input->size -= n;
			break;
		case 4:					/* or repeat them */
			if (input->size + n > MAX_INPUT)
				break;
			memmove(&input->data[at + n], &input->data[at], input->size - at);
			input->size += n;
			break;
		default:				/* go on as another input does */
			if (other->size > at)
			{
				memmove(&input->data[at], &other->data[at], other->size - at);
				input->size = other->size;
			}
	}
}

/* The same sequence of inputs, whatever they find, until told to stop */
static void
run_target(long long runs, int seconds)
{
	time_t		end = time(NULL) + seconds;

	for (int i = 0; i < KEPT; i++)
		make_random(&kept[i]);
	while (runs > 0 ? current->executions < runs : time(NULL) < end)
	{
		kept_input *input = &kept[random_below(KEPT)];
		uint8_t    *data;

		if (random_below(4) == 0)
			make_random(input);
		for (size_t changes = 1 + random_below(4); changes > 0; changes--)
			change(input);
		current->size = input->size;
		memcpy(current->data, input->data, input->size);
		data = malloc(input->size);
		memcpy(data, input->data, input->size);
		alarm(SECONDS_FOR_ONE);
		LLVMFuzzerTestOneInput(data, input->size);
		free(data);
		current->executions++;
	}
	alarm(0);
}

/*
 * The input that the child ran last, which a signal or an exit code ended;
 * into a file, too, if one is named
 */
static void
show_failure(int status, const char *save)
{
	FILE	   *file = save != NULL ? fopen(save, "wb") : NULL;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		fprintf(stderr, "took more than %d seconds\n", SECONDS_FOR_ONE);
	fprintf(stderr, "input %lld, %zu bytes:\n", current->executions, current->size);
	for (size_t i = 0; i < current->size; i++)
		fprintf(stderr, "%02x", current->data[i]);
	fprintf(stderr, "\n");
	if (file != NULL)
	{
		fwrite(current->data, 1, current->size, file);
		fclose(file);
		fprintf(stderr, "saved as %s\n", save);
	}
}

/* Run one input; 1 if there is no such file */
static int
run_file(const char *name)
{
	FILE	   *file = fopen(name, "rb");
	size_t		size;
	uint8_t    *data;

	if (file == NULL)
	{
		perror(name);
		return 1;
	}
	fseek(file, 0, SEEK_END);
	size = (size_t) ftell(file);
	rewind(file);
	data = malloc(size);
	size = fread(data, 1, size, file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* The child does the work: a crash of the target must not take the report along. */
int
main(int argc, char **argv)
{
	long long	runs = 0;
	int			seconds = 0;
	const char *save = NULL;
	int			failed = 0;
	int			status;
	pid_t		child;

	for (int i = 1; i < argc; i++)
	{
		if (strncmp(argv[i], "-runs=", 6) == 0)
			runs = atoll(argv[i] + 6);
		else if (strncmp(argv[i], "-seconds=", 9) == 0)
			seconds = atoi(argv[i] + 9);
		else if (strncmp(argv[i], "-save=", 6) == 0)
			save = argv[i] + 6;
		else
			failed |= run_file(argv[i]);
	}
	if (runs == 0 && seconds == 0)
		return failed;

	current =
		mmap(NULL, sizeof(*current), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (current == MAP_FAILED || (child = fork()) < 0)
	{
		perror("driver");
		return 1;
	}
	if (child == 0)
	{
		run_target(runs, seconds);
		return 0;
	}
	waitpid(child, &status, 0);
	printf("%lld executions\n", current->executions);
	if (status != 0)
		show_failure(status, save);
	return status != 0;
}
