/* Which descriptors are watched. */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors above are not watched: 1.5 MiB of pages that nobody touches. */
#define MOST_FILES 65536

static struct file files[MOST_FILES];
static const char *prefix;

void files_open(const char *folder) {
    prefix = folder;
}

static bool make_absolute(int folder, const char *path, char full[PATH_MAX]) {
    if (path[0] == '/') return snprintf(full, PATH_MAX, "%s", path) < PATH_MAX;
    char base[PATH_MAX];
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return false;
    } else {
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(name, base, sizeof base - 1);
        if (length < 0) return false;
        base[length] = 0;
    }
    while (path[0] == '.' && path[1] == '/') path += 2;
    return snprintf(full, PATH_MAX, "%s/%s", base, path) < PATH_MAX;
}

bool is_watched_path(int folder, const char *path, char full[PATH_MAX]) {
    if (!prefix || !path || !make_absolute(folder, path, full)) return false;
    size_t length = strlen(prefix);
    return strncmp(full, prefix, length) == 0 && (full[length] == 0 || full[length] == '/');
}

void file_opened(int fd, int flags) {
    struct stat stat;
    if (fd >= MOST_FILES || fstat(fd, &stat) != 0) return;
    bool is_folder = S_ISDIR(stat.st_mode);
    if (!is_folder && !S_ISREG(stat.st_mode)) return;
    struct file *file = &files[fd];
    file->inode = stat.st_ino;
    file->is_folder = is_folder;
    file->appends = flags & O_APPEND;
    file->stale_error = 0;
    file->reader = fd;
    if ((flags & O_ACCMODE) == O_WRONLY) {
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        file->reader = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
        if (file->reader < 0) give_up("a file that is written cannot be read");
    }
    __atomic_store_n(&file->is_watched, true, __ATOMIC_RELEASE);
}

void file_closing(int fd) {
    struct file *file = watched(fd);
    if (!file) return;
    int reader = file->reader;
    __atomic_store_n(&file->is_watched, false, __ATOMIC_RELEASE);
    if (reader != fd) syscall(SYS_close, reader);
}

struct file *watched(int fd) {
    if (fd < 0 || fd >= MOST_FILES) return NULL;
    return __atomic_load_n(&files[fd].is_watched, __ATOMIC_ACQUIRE) ? &files[fd] : NULL;
}

void files_failed(int fd, uint64_t inode, int error) {
    for (int other = 0; other < MOST_FILES; other++) {
        struct file *file = watched(other);
        if (file && other != fd && file->inode == inode) file->stale_error = error;
    }
}
