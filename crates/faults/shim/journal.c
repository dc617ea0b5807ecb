/*
 * What has to be undone: a file of records, each written before the change that it undoes, so that
 * it is there however the process ends. power.rs reads it.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A test that writes more is one that nobody meant to run: the disk is not filled by it. */
#define MOST_BYTES (1ULL << 30)

enum entry { WRITE = 1, RESIZE, SYNCED, LOST, CREATED, NAMED, RENAMED, UNLINKED };

/* Two paths and what was overwritten follow. The same in journal.rs. */
struct record {
    uint32_t entry;
    uint32_t first_bytes;
    uint32_t second_bytes;
    uint32_t kept_bytes;
    uint64_t inode;  /* of the file; of the folder for CREATED, RENAMED (from) and UNLINKED */
    uint64_t place;  /* offset; new size; how many records are synced or lost; folder (to) */
    uint64_t length; /* of the write; the inode of what is renamed */
    uint64_t size;   /* of the file before */
    uint64_t saved;  /* the name in the journal's folder of the file that lost its name, or 0 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX - 32];
static int journal = -1;
static uint64_t count, bytes, saves;

void journal_open(const char *path) {
    char name[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    snprintf(name, sizeof name, "%s/journal", folder);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
    journal = (int)syscall(SYS_openat, AT_FDCWD, name, flags, 0600);
    if (journal < 0) give_up("the journal cannot be made, or is there from another run");
}

void journal_lock(void) {
    pthread_mutex_lock(&lock);
}

void journal_unlock(void) {
    pthread_mutex_unlock(&lock);
}

uint64_t journal_count(void) {
    return count;
}

static void put(struct record *record, const char *first, const char *second, const void *kept) {
    record->first_bytes = first ? (uint32_t)strlen(first) : 0;
    record->second_bytes = second ? (uint32_t)strlen(second) : 0;
    struct iovec parts[] = {
        {record, sizeof *record},
        {(void *)first, record->first_bytes},
        {(void *)second, record->second_bytes},
        {(void *)kept, record->kept_bytes},
    };
    ssize_t whole = 0;
    for (int part = 0; part < 4; part++) whole += (ssize_t)parts[part].iov_len;
    bytes += (uint64_t)whole;
    if (bytes > MOST_BYTES) give_up("the journal is full");
    if (syscall(SYS_writev, journal, parts, 4) != whole) give_up("the journal cannot be written");
    count++;
}

/* The bytes of a file that are about to go, as many as there are; valid until the next call. */
static void *read_old(int reader, uint64_t offset, uint64_t length, uint64_t size, uint32_t *got) {
    static char *buffer;
    static uint64_t room;
    *got = 0;
    if (offset >= size) return NULL;
    if (length > size - offset) length = size - offset;
    if (length > UINT32_MAX) give_up("more than 4 GiB at once");
    if (length > room) {
        free(buffer);
        buffer = malloc(length);
        if (!buffer) give_up("no memory");
        room = length;
    }
    for (uint64_t done = 0; done < length;) {
        ssize_t part = pread(reader, buffer + done, length - done, (off_t)(offset + done));
        if (part <= 0) give_up("what is overwritten cannot be read");
        done += (uint64_t)part;
    }
    *got = (uint32_t)length;
    return buffer;
}

static uint64_t size_of(int fd) {
    struct stat stat;
    if (fstat(fd, &stat) != 0) give_up("a file's size cannot be read");
    return (uint64_t)stat.st_size;
}

void journal_write(const struct file *file, uint64_t offset, uint64_t length) {
    if (journal < 0) return;
    struct record record = {.entry = WRITE, .inode = file->inode, .place = offset};
    record.length = length;
    record.size = size_of(file->reader);
    void *old = read_old(file->reader, offset, length, record.size, &record.kept_bytes);
    put(&record, NULL, NULL, old);
}

void journal_resize(uint64_t inode, int reader, uint64_t size) {
    if (journal < 0) return;
    struct record record = {.entry = RESIZE, .inode = inode, .place = size};
    record.size = size_of(reader);
    void *old = read_old(reader, size, UINT64_MAX, record.size, &record.kept_bytes);
    put(&record, NULL, NULL, old);
}

void journal_synced(uint64_t inode, uint64_t upto) {
    if (journal < 0) return;
    struct record record = {.entry = SYNCED, .inode = inode, .place = upto};
    put(&record, NULL, NULL, NULL);
}

void journal_lost(uint64_t inode, uint64_t upto) {
    if (journal < 0) return;
    struct record record = {.entry = LOST, .inode = inode, .place = upto};
    put(&record, NULL, NULL, NULL);
}

static uint64_t folder_of(const char *path) {
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *last = strrchr(parent, '/');
    if (last && last != parent) *last = 0;
    struct stat stat;
    return lstat(parent, &stat) == 0 ? stat.st_ino : 0;
}

/* Gives a file that is about to lose its name another one in the journal's folder. */
static uint64_t save(const char *path) {
    char name[PATH_MAX];
    struct stat stat;
    if (lstat(path, &stat) != 0 || !S_ISREG(stat.st_mode)) return 0;
    snprintf(name, sizeof name, "%s/%llu", folder, (unsigned long long)saves + 1);
    if (link(path, name) != 0) give_up("a file cannot be kept: is the journal on another disk?");
    return ++saves;
}

void journal_created(const char *path) {
    if (journal < 0) return;
    struct record record = {.entry = CREATED, .inode = folder_of(path)};
    put(&record, path, NULL, NULL);
}

void journal_named(uint64_t inode) {
    if (journal < 0) return;
    struct record record = {.entry = NAMED, .inode = inode};
    put(&record, NULL, NULL, NULL);
}

void journal_renaming(const char *from, const char *to) {
    struct stat stat;
    if (journal < 0 || lstat(from, &stat) != 0) return;
    struct record record = {.entry = RENAMED, .inode = folder_of(from), .place = folder_of(to)};
    record.length = stat.st_ino;
    record.saved = save(to);
    put(&record, from, to, NULL);
}

void journal_unlinking(const char *path) {
    if (journal < 0) return;
    struct record record = {.entry = UNLINKED, .inode = folder_of(path), .saved = save(path)};
    if (record.saved) put(&record, path, NULL, NULL);
}
