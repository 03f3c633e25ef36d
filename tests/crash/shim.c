/* Stands between a process and its file system (LD_PRELOAD), for the files of one folder: counts the calls that touch
 * them, makes the n-th fail or the process die at it, and knows which files have writes that were not synced.
 * shim.py has the other end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, TRUNCATE = 8, RENAME = 16, MAP = 32, READ = 64, UNLINK = 128 };
enum { COUNT = 0, FAIL = 1, DIE = 2, TEAR = 3 };
enum { FILES = 4096, FDS = 4096, NAME = 400, MAPS = 256 };

/* dirty: data not synced, since when (ms); unnamed: its folder was not synced since it got its name. */
struct file {
    char path[NAME];
    int folder, dirty, unnamed;
    long since;
};
struct map {
    void *at;
    int file;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char watched[NAME];
static size_t watched_size;
static struct file files[FILES];
static int file_count = 1;          /* file 0 is none */
static int of_fd[FDS];
static struct map maps[MAPS];
static int action, kinds, nth, error_number, lasting, count, early;
static char struck[NAME + 64];

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int is_watched(const char *path) {
    return watched_size && path && !strncmp(path, watched, watched_size) &&
           (path[watched_size] == '/' || !path[watched_size]);
}

static int ends(const char *path, const char *suffix) {
    size_t a = strlen(path), b = strlen(suffix);
    return a >= b && !strcmp(path + a - b, suffix);
}

/* With the lock held. */
static int find(const char *path, int make) {
    for (int i = 1; i < file_count; i++)
        if (!strcmp(files[i].path, path)) return i;
    if (!make || file_count == FILES) return 0;
    memset(&files[file_count], 0, sizeof files[0]);
    snprintf(files[file_count].path, NAME, "%s", path);
    return file_count++;
}

static int file_of(int fd) { return fd >= 0 && fd < FDS ? of_fd[fd] : 0; }

static void soil(int file) {
    if (!file) return;
    pthread_mutex_lock(&lock);
    if (!files[file].dirty) files[file].since = now();
    files[file].dirty = 1;
    pthread_mutex_unlock(&lock);
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* What is to happen at this call: COUNT (nothing), FAIL (errno is set) or TEAR (do half of it, then die). */
static int strike(int kind, const char *call, const char *path) {
    int todo = COUNT;
    pthread_mutex_lock(&lock);
    if (kind & kinds) {
        count++;
        if (nth && (count == nth || (lasting && count > nth))) {
            todo = action;
            if (count == nth) snprintf(struck, sizeof struck, "%s %s", call, path);
        }
    }
    pthread_mutex_unlock(&lock);
    if (todo == DIE || (todo == TEAR && kind != WRITE)) die();
    if (todo == FAIL) errno = error_number;
    return todo;
}

/* The log begins anew or goes: what it held must be safe in the database. */
static void log_reused(const char *path) {
    if (!ends(path, "-wal")) return;
    char database[NAME];
    snprintf(database, NAME, "%.*s", (int)(strlen(path) - 4), path);
    pthread_mutex_lock(&lock);
    int file = find(database, 0);
    if (file && files[file].dirty) early++;
    pthread_mutex_unlock(&lock);
}

static int opened(int fd, const char *path, int flags, int existed) {
    struct stat status;
    if (fd < 0 || fd >= FDS) return fd;
    fstat(fd, &status);
    pthread_mutex_lock(&lock);
    int file = find(path, 1);
    of_fd[fd] = file;
    files[file].folder = S_ISDIR(status.st_mode);
    if (!existed) files[file].unnamed = 1, files[file].dirty = 0;
    pthread_mutex_unlock(&lock);
    if (existed && (flags & O_TRUNC)) soil(file);
    return fd;
}

static int do_open(int (*real)(int, const char *, int, ...), int folder, const char *path, int flags, mode_t mode) {
    if (!is_watched(path)) {
        int fd = real(folder, path, flags, mode);
        if (fd >= 0 && fd < FDS) of_fd[fd] = 0;
        return fd;
    }
    if (strike(OPEN, "open", path) == FAIL) return -1;
    int existed = !access(path, F_OK);
    return opened(real(folder, path, flags, mode), path, flags, existed);
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); \
    mode = va_arg(rest, mode_t); va_end(rest); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) REAL(openat); return do_open(real, folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) REAL(openat); return do_open(real, folder, path, flags | O_LARGEFILE, mode); }
int open(const char *path, int flags, ...) { MODE(flags) REAL(openat); return do_open(real, AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) REAL(openat); return do_open(real, AT_FDCWD, path, flags | O_LARGEFILE, mode); }

int close(int fd) {
    REAL(close);
    if (fd >= 0 && fd < FDS) of_fd[fd] = 0;
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    int file = file_of(fd);
    if (!file) return real(fd, data, size);
    int todo = strike(WRITE, "write", files[file].path);
    if (todo == FAIL) return -1;
    soil(file);
    ssize_t done = real(fd, data, todo == TEAR ? size / 2 : size);
    if (todo == TEAR) die();
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    int file = file_of(fd);
    if (!file) return real(fd, data, size, at);
    int todo = strike(WRITE, "pwrite", files[file].path);
    if (todo == FAIL) return -1;
    if (!at) log_reused(files[file].path);
    soil(file);
    ssize_t done = real(fd, data, todo == TEAR ? size / 2 : size, at);
    if (todo == TEAR) die();
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    REAL(pread64);
    int file = file_of(fd);
    return file && strike(READ, "pread", files[file].path) == FAIL ? -1 : real(fd, data, size, at);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) { return pread64(fd, data, size, at); }

ssize_t read(int fd, void *data, size_t size) {
    REAL(read);
    int file = file_of(fd);
    return file && strike(READ, "read", files[file].path) == FAIL ? -1 : real(fd, data, size);
}

static void synced(int file) {
    pthread_mutex_lock(&lock);
    files[file].dirty = 0;
    if (files[file].folder) {
        size_t size = strlen(files[file].path);
        for (int i = 1; i < file_count; i++) {
            const char *path = files[i].path;
            if (!strncmp(path, files[file].path, size) && path[size] == '/' && !strchr(path + size + 1, '/'))
                files[i].unnamed = 0;
        }
    }
    pthread_mutex_unlock(&lock);
}

static int do_sync(int (*real)(int), int fd, const char *call) {
    int file = file_of(fd);
    if (!file) return real(fd);
    if (strike(SYNC, call, files[file].path) == FAIL) return -1;
    int done = real(fd);
    if (!done) synced(file);
    return done;
}
int fsync(int fd) { REAL(fsync); return do_sync(real, fd, "fsync"); }
int fdatasync(int fd) { REAL(fdatasync); return do_sync(real, fd, "fdatasync"); }

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    int file = file_of(fd);
    if (!file) return real(fd, size);
    if (strike(TRUNCATE, "ftruncate", files[file].path) == FAIL) return -1;
    log_reused(files[file].path);
    if (!ends(files[file].path, "-wal")) soil(file); /* what is cut off a log has old salts: nobody minds if it stays */
    return real(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* It may make the folder's writes safe or not, but it takes room as a write does. */
static int do_fallocate(int (*real)(int, off64_t, off64_t), int fd, off64_t at, off64_t size) {
    int file = file_of(fd);
    if (!file) return real(fd, at, size);
    if (strike(TRUNCATE, "fallocate", files[file].path) == FAIL) return error_number;
    soil(file);
    return real(fd, at, size);
}
int posix_fallocate64(int fd, off64_t at, off64_t size) { REAL(posix_fallocate64); return do_fallocate(real, fd, at, size); }
int posix_fallocate(int fd, off_t at, off_t size) { return posix_fallocate64(fd, at, size); }

int renameat(int from, const char *old, int to, const char *new) {
    REAL(renameat);
    if (!is_watched(new)) return real(from, old, to, new);
    if (strike(RENAME, "rename", new) == FAIL) return -1;
    int done = real(from, old, to, new);
    if (!done) {
        pthread_mutex_lock(&lock);
        int file = find(old, 1), before = find(new, 0);
        if (before) snprintf(files[before].path, NAME, "(gone)");
        snprintf(files[file].path, NAME, "%s", new);
        files[file].unnamed = 1;
        pthread_mutex_unlock(&lock);
    }
    return done;
}
int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int unlink(const char *path) {
    REAL(unlink);
    if (!is_watched(path)) return real(path);
    if (strike(UNLINK, "unlink", path) == FAIL) return -1;
    log_reused(path);
    pthread_mutex_lock(&lock);
    int file = find(path, 0);
    if (file) snprintf(files[file].path, NAME, "(gone)");
    pthread_mutex_unlock(&lock);
    return real(path);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset) {
    int file = flags & MAP_ANONYMOUS ? 0 : file_of(fd);
    if (file && strike(MAP, "mmap", files[file].path) == FAIL) return MAP_FAILED;
    void *found = (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
    if (file && found != MAP_FAILED && (flags & MAP_SHARED) && (protection & PROT_WRITE)) {
        soil(file);
        pthread_mutex_lock(&lock);
        for (int i = 0; i < MAPS; i++)
            if (!maps[i].at) { maps[i].at = found, maps[i].file = file; break; }
        pthread_mutex_unlock(&lock);
    }
    return found;
}
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return mmap64(at, size, protection, flags, fd, offset);
}

int munmap(void *at, size_t size) {
    int file = 0;
    for (int i = 0; i < MAPS; i++)
        if (maps[i].at == at) file = maps[i].file, maps[i].at = NULL;
    soil(file); /* it may have been written to until now */
    return (int)syscall(SYS_munmap, at, size);
}

/* -- what the harness calls -- */

void shim_watch(const char *folder) {
    memset(of_fd, 0, sizeof of_fd);
    file_count = 1, early = 0;
    watched_size = (size_t)snprintf(watched, NAME, "%s", folder);
}

void shim_arm(int what, int which, int at, int error, int from_then_on) {
    pthread_mutex_lock(&lock);
    action = what, kinds = which, nth = at, error_number = error, lasting = from_then_on, count = 0, struck[0] = 0;
    pthread_mutex_unlock(&lock);
}

int shim_count(void) { return count; }
const char *shim_struck(void) { return struck; }
int shim_early(void) { return early; }

/* 1: a file has writes that were not synced, 2: its name was not. */
int shim_unsafe(const char *path) {
    pthread_mutex_lock(&lock);
    int file = find(path, 0);
    int found = file ? files[file].dirty | files[file].unnamed << 1 : 0;
    pthread_mutex_unlock(&lock);
    return found;
}

/* Milliseconds since the oldest write that was not synced; 0 if there is none. */
long shim_age(const char *path) {
    pthread_mutex_lock(&lock);
    int file = find(path, 0);
    long age = file && files[file].dirty ? now() - files[file].since : 0;
    pthread_mutex_unlock(&lock);
    return age;
}
