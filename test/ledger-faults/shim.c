/*
 * A disk and a clock that fail on command. Preloaded into a process, it stands before the C library's calls that write,
 * sync and tell the time, and acts on files below one folder only. What it does is read from a file that both processes
 * map, so that the test decides at any moment; shim.ts knows the same layout. Linux, glibc or musl.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum fault {
  NONE = 0,
  SYNC_FAILS = 1,      /* the sync fails with EIO; what was written stays as it is */
  NO_SPACE = 2,        /* every write fails with ENOSPC */
  SHORT_WRITES = 3,    /* every write takes half of what it was given, and says so */
  SHORT_THEN_FULL = 4, /* one write takes half, every later one fails with ENOSPC */
  WRITE_FAILS = 5,     /* half is written, and the call fails with EIO */
  SLOW = 6,            /* every sync takes `param` microseconds more */
  KILL_IN_WRITE = 7,   /* half is written, then the process is killed */
  KILL_IN_SYNC = 8,    /* the process is killed instead of syncing */
};

struct control {
  volatile int64_t fault;
  volatile int64_t after;    /* so many calls of the fault's kind go well first */
  volatile int64_t param;
  volatile int64_t clock_ms; /* added to the wall clock */
  volatile int64_t hits;     /* how often the fault was done */
};

static struct control *control;
static char prefix[4096];
static size_t prefix_length;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_SHIM_CONTROL");
  const char *folder = getenv("FAULT_SHIM_FOLDER");
  if (path == NULL || folder == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return;
  snprintf(prefix, sizeof prefix, "%s/", folder);
  prefix_length = strlen(prefix);
  control = memory;
}

static int is_ours(int fd) {
  char name[64], path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, sizeof path - 1);
  return length >= (ssize_t)prefix_length && memcmp(path, prefix, prefix_length) == 0;
}

static int is_due(void) {
  if (__sync_fetch_and_sub(&control->after, 1) > 0) return 0;
  __sync_fetch_and_add(&control->hits, 1);
  return 1;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What a write of `size` bytes does: `*part` of them are written, then it fails with the error returned, 0 for none. */
static int fault_of_write(int fd, size_t size, size_t *part) {
  *part = size;
  if (control == NULL) return 0;
  int64_t fault = control->fault;
  if (fault != NO_SPACE && fault != SHORT_WRITES && fault != SHORT_THEN_FULL && fault != WRITE_FAILS &&
      fault != KILL_IN_WRITE)
    return 0;
  if (!is_ours(fd) || !is_due()) return 0;
  switch (fault) {
    case NO_SPACE: *part = 0; return ENOSPC;
    case SHORT_WRITES: *part = size > 1 ? size / 2 : size; return 0;
    case SHORT_THEN_FULL:
      *part = size / 2;
      control->fault = NO_SPACE;
      return size > 1 ? 0 : ENOSPC;
    case WRITE_FAILS: *part = size / 2; return EIO;
    default: *part = size / 2; return -1;
  }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FINISH(error, written)        \
  do {                                \
    if ((error) == -1) die();         \
    if ((error) == 0) return written; \
    errno = (error);                  \
    return -1;                        \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t size) {
  static __typeof__(&write) real;
  if (real == NULL) real = REAL(write);
  size_t part;
  int error = fault_of_write(fd, size, &part);
  ssize_t written = part > 0 || size == 0 ? real(fd, bytes, part) : 0;
  FINISH(error, written);
}

static ssize_t pwrite_with(__typeof__(&pwrite) real, int fd, const void *bytes, size_t size, off_t at) {
  size_t part;
  int error = fault_of_write(fd, size, &part);
  ssize_t written = part > 0 || size == 0 ? real(fd, bytes, part, at) : 0;
  FINISH(error, written);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  static __typeof__(&pwrite) real;
  if (real == NULL) real = REAL(pwrite);
  return pwrite_with(real, fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  static __typeof__(&pwrite) real;
  if (real == NULL) real = (__typeof__(&pwrite))dlsym(RTLD_NEXT, "pwrite64");
  return pwrite_with(real, fd, bytes, size, at);
}

/* A gathered write is cut after its first half as well, piece by piece. */
static ssize_t writev_at(int fd, const struct iovec *pieces, int count, off_t at, int has_offset) {
  ssize_t sum = 0;
  for (int i = 0; i < count; i++) {
    ssize_t done = has_offset ? pwrite(fd, pieces[i].iov_base, pieces[i].iov_len, at + sum)
                              : write(fd, pieces[i].iov_base, pieces[i].iov_len);
    if (done < 0) return sum > 0 ? sum : -1;
    sum += done;
    if ((size_t)done < pieces[i].iov_len) break;
  }
  return sum;
}
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  static __typeof__(&writev) real;
  if (real == NULL) real = REAL(writev);
  if (control == NULL || control->fault == NONE || !is_ours(fd)) return real(fd, pieces, count);
  return writev_at(fd, pieces, count, 0, 0);
}
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at) {
  static __typeof__(&pwritev) real;
  if (real == NULL) real = REAL(pwritev);
  if (control == NULL || control->fault == NONE || !is_ours(fd)) return real(fd, pieces, count, at);
  return writev_at(fd, pieces, count, at, 1);
}

static int sync_with(int (*real)(int), int fd) {
  int64_t fault = control == NULL ? NONE : control->fault;
  if ((fault == SYNC_FAILS || fault == SLOW || fault == KILL_IN_SYNC) && is_ours(fd) && is_due()) {
    if (fault == KILL_IN_SYNC) die();
    if (fault == SYNC_FAILS) {
      errno = EIO;
      return -1;
    }
    usleep((useconds_t)control->param);
  }
  return real(fd);
}
int fsync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = REAL(fsync);
  return sync_with(real, fd);
}
int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = REAL(fdatasync);
  return sync_with(real, fd);
}

/* The wall clock only: waits are measured by the other one. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (result == 0 && control != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += control->clock_ms / 1000;
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  static int (*real)(struct timeval *restrict, void *restrict);
  if (real == NULL) real = (int (*)(struct timeval *restrict, void *restrict))dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(now, zone);
  if (result == 0 && control != NULL) now->tv_sec += control->clock_ms / 1000;
  return result;
}
