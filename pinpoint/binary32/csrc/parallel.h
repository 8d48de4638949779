/* Work in tasks, on this thread and a few more. */
#ifndef PINPOINT_PARALLEL_H
#define PINPOINT_PARALLEL_H

#include <stddef.h>

#define MOST_THREADS 64

/* Most threads that take part, from 1 to MOST_THREADS. */
extern int pinpoint_threads;

/* A task: `worker` tells apart those that run at the same time. */
typedef void pinpoint_task(void *context, size_t worker, size_t i);

/* How many threads work of `cost` cycles in so many tasks is worth, at least 1. */
size_t pinpoint_workers(size_t tasks, double cost);

/* Calls task(context, worker, i) once for each i below `tasks`, in any order, `worker` being below `workers`, each in
   the default floating-point environment. */
void pinpoint_parallel(pinpoint_task *task, void *context, size_t tasks, size_t workers);

#endif
