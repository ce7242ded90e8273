/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

enum { BUFFER = 1 << 16, TRIES = 100 };

static _Atomic(const char *) unfinished;

/* ---- reading ---- */

static char *grow(char *text, size_t *room, size_t most) {
  size_t larger = *room ? 2 * *room : BUFFER;
  if (larger > most + 1) larger = most + 1;
  char *moved = realloc(text, larger + 1);
  if (moved) *room = larger;
  return moved;
}

static char *read_all(int descriptor, const char *path, size_t most, size_t *size) {
  char *text = NULL;
  size_t room = 0, used = 0;
  for (;;) {
    if (used == room) {
      char *moved = grow(text, &room, most);
      if (!moved) {
        tool_fail(TOOL_RESOURCES, "no memory for %s", path);
        break;
      }
      text = moved;
    }
    const ssize_t got = read(descriptor, text + used, room - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      tool_fail(TOOL_INPUT, "%s: %s", path, strerror(errno));
      break;
    }
    if (got == 0) {
      text[used] = '\0';
      *size = used;
      return text;
    }
    used += (size_t)got;
    if (used > most) {
      tool_fail(TOOL_INPUT, "%s has more than %zu bytes", path, most);
      break;
    }
  }
  free(text);
  return NULL;
}

char *file_read(const char *path, size_t most, size_t *size) {
  const bool standard = strcmp(path, "-") == 0;
  const int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    tool_fail(TOOL_INPUT, "%s: %s", path, strerror(errno));
    return NULL;
  }
  char *text = read_all(descriptor, standard ? "standard input" : path, most, size);
  if (!standard) close(descriptor);
  return text;
}

/* ---- writing ---- */

static int fail_path(const char *path, int number) {
  return tool_fail(TOOL_OUTPUT, "%s was not written: %s", path, strerror(number));
}

/* The folder of `path`, to be freed. */
static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return strdup(".");
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int file_check(const char *path) {
  struct stat found;
  if (strcmp(path, "-") == 0) return TOOL_OK;
  if (stat(path, &found) == 0) {
    if (S_ISDIR(found.st_mode)) return fail_path(path, EISDIR);
    if (access(path, W_OK) != 0) return fail_path(path, errno);
    if (!S_ISREG(found.st_mode)) return TOOL_OK;
  } else if (errno != ENOENT) {
    return fail_path(path, errno);
  }
  char *folder = folder_of(path);
  if (!folder) return tool_fail(TOOL_RESOURCES, "no memory");
  const int number = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
  free(folder);
  return number == 0 ? TOOL_OK : fail_path(path, number);
}

static int open_temporary(file_out *file) {
  const size_t room = strlen(file->path) + 48;
  file->temporary = malloc(room);
  if (!file->temporary) return -1;
  for (int k = 0; k < TRIES; ++k) {
    snprintf(file->temporary, room, "%s.%ld-%d.tmp", file->path, (long)getpid(), k);
    file->descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->descriptor >= 0) {
      atomic_store(&unfinished, file->temporary);
      return 0;
    }
    if (errno != EEXIST) break;
  }
  const int number = errno;
  free(file->temporary);
  file->temporary = NULL;
  errno = number;
  return -1;
}

int file_out_begin(file_out *file, const char *path) {
  struct stat found;
  memset(file, 0, sizeof *file);
  file->path = strcmp(path, "-") == 0 ? "standard output" : path;
  file->descriptor = -1;
  file->buffer = malloc(BUFFER);
  if (!file->buffer) return tool_fail(TOOL_RESOURCES, "no memory");
  if (strcmp(path, "-") == 0) {
    fflush(stdout);
    file->descriptor = STDOUT_FILENO;
    return TOOL_OK;
  }
  if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) file->descriptor = open(path, O_WRONLY | O_CLOEXEC);
  else if (open_temporary(file) != 0) file->descriptor = -1;
  if (file->descriptor >= 0) return TOOL_OK;
  file->failed = errno;
  free(file->buffer);
  file->buffer = NULL;
  return fail_path(path, file->failed);
}

static void flush(file_out *file) {
  size_t done = 0;
  while (done < file->used && !file->failed) {
    const ssize_t put = write(file->descriptor, file->buffer + done, file->used - done);
    if (put >= 0) done += (size_t)put;
    else if (errno != EINTR) file->failed = errno;
  }
  file->used = 0;
}

int32_t METAGAME_CALL file_out_write(void *user, const char *bytes, size_t size) {
  file_out *file = user;
  while (size > 0 && !file->failed) {
    size_t part = BUFFER - file->used;
    if (part > size) part = size;
    memcpy(file->buffer + file->used, bytes, part);
    file->used += part;
    bytes += part;
    size -= part;
    if (file->used == BUFFER) flush(file);
  }
  return file->failed ? 1 : 0;
}

void file_out_text(file_out *file, const char *text) { file_out_write(file, text, strlen(text)); }

/* The name itself must survive a crash, too; some file systems cannot sync a folder, which is no failure of ours. */
static void sync_folder(const char *path) {
  char *folder = folder_of(path);
  const int descriptor = folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
  if (descriptor >= 0) {
    (void)fsync(descriptor);
    close(descriptor);
  }
  free(folder);
}

int file_out_end(file_out *file, bool keep) {
  if (file->descriptor < 0) return TOOL_OUTPUT;
  if (keep) flush(file);
  if (keep && !file->failed && file->temporary && fsync(file->descriptor) != 0) file->failed = errno;
  if (file->descriptor != STDOUT_FILENO && close(file->descriptor) != 0 && !file->failed) file->failed = errno;
  if (file->temporary) {
    if (keep && !file->failed && rename(file->temporary, file->path) != 0) file->failed = errno;
    if (!keep || file->failed) unlink(file->temporary);
    atomic_store(&unfinished, NULL);
    if (keep && !file->failed) sync_folder(file->path);
    free(file->temporary);
  }
  free(file->buffer);
  if (!keep || !file->failed) return TOOL_OK;
  return fail_path(file->path, file->failed);
}

void file_out_abandon(void) {
  const char *path = atomic_load(&unfinished);
  if (path) unlink(path);
}

int file_flush_stdout(void) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return TOOL_OK;
  return fail_path("standard output", errno);
}
