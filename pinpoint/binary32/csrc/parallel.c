/* Threads live for one call: there is no pool to survive a fork, and starting one costs some ten microseconds. */

#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "control.h"

/* Cycles that pay for a thread. */
#define WORTH_A_THREAD 2e5

int pinpoint_threads = 1;

struct job {
    pinpoint_task *task;
    void *context;
    size_t tasks;
    atomic_size_t next_task, next_worker;
};

static void *work(void *argument)
{
    struct job *job = argument;
    const struct control saved = control_default();
    const size_t worker = atomic_fetch_add(&job->next_worker, 1);
    size_t i;

    while ((i = atomic_fetch_add(&job->next_task, 1)) < job->tasks)
        job->task(job->context, worker, i);
    control_restore(saved);
    return NULL;
}

size_t pinpoint_workers(size_t tasks, double cost)
{
    size_t workers = (size_t)pinpoint_threads;

    if (workers > tasks)
        workers = tasks;
    if ((double)workers > cost / WORTH_A_THREAD)
        workers = (size_t)(cost / WORTH_A_THREAD);
    return workers ? workers : 1;
}

void pinpoint_parallel(pinpoint_task *task, void *context, size_t tasks, size_t workers)
{
    if (workers == 1) {
        const struct control saved = control_default();
        for (size_t i = 0; i < tasks; i++)
            task(context, 0, i);
        control_restore(saved);
        return;
    }
    struct job job = {.task = task, .context = context, .tasks = tasks};
    pthread_t helpers[MOST_THREADS];
    size_t count = 0;

    /* A thread that does not start is not missed: whoever is there takes the next task. */
    while (count + 1 < workers && pthread_create(&helpers[count], NULL, work, &job) == 0)
        count++;
    work(&job);
    while (count)
        pthread_join(helpers[--count], NULL);
}
