/*
 * interrupt.h
 *	  Being stopped in the middle of long work.
 *
 * What the core computes at once may be as large as the input is.  Loops that
 * grow with it ask now and then whether anybody wants them to end.  Whoever
 * uses the core sets the hook; it may leave by longjmp, for the core holds
 * nothing that would have to be given back.
 */
#ifndef HCC_INTERRUPT_H
#define HCC_INTERRUPT_H

/* NULL: nobody wants to stop anything. */
extern void (*hcc_interrupt) (void);

/*
 * Leave, by whatever way the hook has, if somebody wants that; for loops that
 * grow with the input
 */
static inline void
hcc_check_interrupt(void)
{
	if (hcc_interrupt)
		hcc_interrupt();
}

#endif							/* HCC_INTERRUPT_H */
