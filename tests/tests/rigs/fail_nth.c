/* Makes the n-th call of one kind on the database's files fail, for the rig `disk.rs`.
 *
 * Loaded by LD_PRELOAD into the real program, so that SQLite meets a disk that fails at one moment
 * and nothing else is different. FAIL_CALL is `sync` or `write`, FAIL_AT counts from 1, FAIL_ERRNO
 * is the number of the error, FAIL_FILE a part of the path of the files that are meant, and
 * FAIL_MARK a file that is made when it happened. FAIL_TIMES calls fail in a row, or of 0 all later
 * ones.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long seen;

static int is_meant(const char *call, int fd) {
    const char *which = getenv("FAIL_CALL"), *part = getenv("FAIL_FILE");
    char link[64], path[4096];
    if (!which || !part || strcmp(which, call) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static int fails(const char *call, int fd) {
    int before = errno;
    if (!is_meant(call, fd)) {
        errno = before;
        return 0;
    }
    long nth = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST), at = atol(getenv("FAIL_AT"));
    long times = atol(getenv("FAIL_TIMES"));
    if (nth < at || (times && nth >= at + times)) {
        errno = before;
        return 0;
    }
    int mark = open(getenv("FAIL_MARK"), O_CREAT | O_WRONLY, 0600);
    if (mark >= 0) close(mark);
    errno = atoi(getenv("FAIL_ERRNO"));
    return 1;
}

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return fails("sync", fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails("sync", fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t write(int fd, const void *from, size_t length) {
    return fails("write", fd) ? -1 : REAL(write)(fd, from, length);
}
ssize_t pwrite(int fd, const void *from, size_t length, off_t at) {
    return fails("write", fd) ? -1 : REAL(pwrite)(fd, from, length, at);
}
ssize_t pwrite64(int fd, const void *from, size_t length, off64_t at) {
    return fails("write", fd) ? -1 : REAL(pwrite64)(fd, from, length, at);
}
