/* The functions of libc that are replaced. What is not watched goes straight to the kernel. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_active;

__attribute__((constructor)) static void start(void) {
    const char *prefix = getenv("FAULTS_PREFIX");
    const char *control = getenv("FAULTS_CONTROL"), *journal = getenv("FAULTS_JOURNAL");
    unsetenv("LD_PRELOAD"); /* what this process starts is not under test */
    if (!prefix) return;
    files_open(prefix);
    if (control) control_open(control);
    if (journal) journal_open(journal);
    is_active = true;
}

static int fail(int error) {
    errno = error;
    return -1;
}

/* Opening and closing */

/* Whether the file is about to be made. */
static bool note_before_open(int folder, const char *path, const char *full, int flags) {
    struct stat stat;
    if (fstatat(folder, path, &stat, 0) != 0) {
        if (flags & O_CREAT) journal_created(full);
        return flags & O_CREAT;
    }
    if (!(flags & O_TRUNC) || !S_ISREG(stat.st_mode) || stat.st_size == 0) return false;
    int reader = (int)syscall(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC, 0);
    if (reader < 0) give_up("a file that is emptied cannot be read");
    journal_resize(stat.st_ino, reader, 0);
    syscall(SYS_close, reader);
    return false;
}

static int open_any(int folder, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    if (!is_active || !is_watched_path(folder, path, full))
        return (int)syscall(SYS_openat, folder, path, flags, mode);
    struct verdict verdict = {0, false};
    if ((flags & O_ACCMODE) != O_RDONLY) verdict = judge(KIND_OPEN);
    if (verdict.error) return fail(verdict.error);
    journal_lock();
    bool is_new = note_before_open(folder, path, full, flags);
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0) file_opened(fd, flags);
    if (is_new && watched(fd)) journal_named(watched(fd)->inode);
    journal_unlock();
    conclude(verdict);
    return fd;
}

#define MODE_OF(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags, flags)
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE_OF(flags, flags)
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE_OF(flags, flags)
    return open_any(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE_OF(flags, flags)
    return open_any(folder, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int fd) {
    file_closing(fd);
    return (int)syscall(SYS_close, fd);
}

/* Writing */

/* `at` < 0: at the descriptor's own position. */
static ssize_t write_any(int fd, const struct iovec *parts, int count, off_t at) {
    struct file *file = watched(fd);
    struct verdict verdict = {0, false};
    if (file) {
        verdict = judge(KIND_WRITE);
        if (verdict.error) return fail(verdict.error);
        size_t length = 0;
        for (int part = 0; part < count; part++) length += parts[part].iov_len;
        journal_lock();
        off_t place = file->appends ? lseek(file->reader, 0, SEEK_END) : at;
        if (place < 0) place = lseek(fd, 0, SEEK_CUR);
        journal_write(file, (uint64_t)place, length);
    }
    ssize_t done = at < 0 ? syscall(SYS_writev, fd, parts, count)
                          : syscall(SYS_pwritev, fd, parts, count, at, 0L);
    if (file) journal_unlock();
    conclude(verdict);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!watched(fd)) return syscall(SYS_write, fd, bytes, length);
    return write_any(fd, &(struct iovec){(void *)bytes, length}, 1, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    if (at < 0) return fail(EINVAL);
    return write_any(fd, &(struct iovec){(void *)bytes, length}, 1, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return pwrite(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return write_any(fd, parts, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    if (at < 0) return fail(EINVAL);
    return write_any(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return pwritev(fd, parts, count, at);
}

/* Copies inside the kernel are refused on watched files: the caller then reads and writes. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t n, unsigned flags) {
    if (watched(out)) return fail(EXDEV);
    return syscall(SYS_copy_file_range, in, from, out, to, n, flags);
}

ssize_t sendfile(int out, int in, off_t *from, size_t length) {
    if (watched(out)) return fail(EINVAL);
    return syscall(SYS_sendfile, out, in, from, length);
}

ssize_t sendfile64(int out, int in, off64_t *from, size_t length) {
    return sendfile(out, in, from, length);
}

/* Sizes */

int ftruncate(int fd, off_t size) {
    struct file *file = watched(fd);
    if (!file || size < 0) return (int)syscall(SYS_ftruncate, fd, size);
    struct verdict verdict = judge(KIND_TRUNCATE);
    if (verdict.error) return fail(verdict.error);
    journal_lock();
    journal_resize(file->inode, file->reader, (uint64_t)size);
    int done = (int)syscall(SYS_ftruncate, fd, size);
    journal_unlock();
    conclude(verdict);
    return done;
}

int ftruncate64(int fd, off64_t size) {
    return ftruncate(fd, size);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
    struct file *file = watched(fd);
    if (!file) return (int)syscall(SYS_fallocate, fd, mode, at, length);
    if (mode != 0) return fail(EOPNOTSUPP); /* holes could not be undone */
    struct verdict verdict = judge(KIND_TRUNCATE);
    if (verdict.error) return fail(verdict.error);
    struct stat stat;
    if (fstat(fd, &stat) != 0) return -1;
    journal_lock();
    if (at + length > stat.st_size) journal_resize(file->inode, file->reader, (uint64_t)(at + length));
    int done = (int)syscall(SYS_fallocate, fd, mode, at, length);
    journal_unlock();
    conclude(verdict);
    return done;
}

int fallocate64(int fd, int mode, off64_t at, off64_t length) {
    return fallocate(fd, mode, at, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
    int before = errno, error = fallocate(fd, 0, at, length) == 0 ? 0 : errno;
    errno = before;
    return error;
}

int posix_fallocate64(int fd, off64_t at, off64_t length) {
    return posix_fallocate(fd, at, length);
}

/* Syncing. What is written while a sync runs is not counted as synced by it. */

static int sync_any(int fd, long number) {
    struct file *file = watched(fd);
    if (!file) return (int)syscall(number, fd);
    uint64_t inode = file->inode;
    bool is_folder = file->is_folder;
    journal_lock();
    uint64_t upto = journal_count();
    journal_unlock();
    struct verdict verdict = judge(KIND_SYNC);
    int error = verdict.error;
    if (!error && syscall(number, fd) != 0) error = errno;
    journal_lock();
    /* As the kernel does it: what a failed sync did not write, no later one will write; and each
       descriptor hears of it once, whatever its own sync does. */
    if (error && !is_folder) {
        journal_lost(inode, upto);
        files_failed(fd, inode, error);
    }
    if (!error) {
        journal_synced(inode, upto);
        error = file->stale_error;
    }
    file->stale_error = 0;
    journal_unlock();
    conclude(verdict);
    return error ? fail(error) : 0;
}

int fsync(int fd) {
    return sync_any(fd, SYS_fsync);
}

int fdatasync(int fd) {
    return sync_any(fd, SYS_fdatasync);
}

/* Names */

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    char full_from[PATH_MAX], full_to[PATH_MAX];
    bool is_ours = is_active && is_watched_path(from_folder, from, full_from) &&
                   is_watched_path(to_folder, to, full_to);
    if (!is_ours) return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    struct verdict verdict = judge(KIND_RENAME);
    if (verdict.error) return fail(verdict.error);
    journal_lock();
    journal_renaming(full_from, full_to);
    int done = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    journal_unlock();
    conclude(verdict);
    return done;
}

int rename(const char *from, const char *to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char *path, int flags) {
    char full[PATH_MAX];
    if (!is_active || (flags & AT_REMOVEDIR) || !is_watched_path(folder, path, full))
        return (int)syscall(SYS_unlinkat, folder, path, flags);
    struct verdict verdict = judge(KIND_UNLINK);
    if (verdict.error) return fail(verdict.error);
    journal_lock();
    journal_unlinking(full);
    int done = (int)syscall(SYS_unlinkat, folder, path, flags);
    journal_unlock();
    conclude(verdict);
    return done;
}

int unlink(const char *path) {
    return unlinkat(AT_FDCWD, path, 0);
}
