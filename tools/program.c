/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "run.h"
#include "tool.h"

extern char **environ;

enum { NUMBER_ROOM = 32, CHUNK = 1 << 16, MOST_LINE = 1 << 20, PATIENCE = 5 /* seconds */ };

struct program {
  pid_t pid;
  int in, out; /* its standard input and output, both without blocking */
  uint32_t n_features, n_outputs;
  uint64_t n_rows; /* answered */
  bool quiet, hinted;
  char *sent;    /* rows as text */
  char *got;     /* what came and is not yet read */
  size_t sent_room, n_got, got_room;
};

/* ---- start and end ---- */

static bool open_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0; }

static int spawn(program *p, const char *command, int in, int out) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  char *const arguments[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)command, NULL };
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  /* A group of its own: Ctrl-C ends our run, and the program by the end of its input. */
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int number = posix_spawn(&p->pid, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return number;
}

program *program_start(const char *command, uint32_t n_features, bool quiet) {
  int to[2] = { -1, -1 }, from[2] = { -1, -1 };
  program *p = calloc(1, sizeof *p);
  if (p) p->in = p->out = -1;
  int number = p ? 0 : ENOMEM;
  if (number == 0 && (!open_pipe(to) || !open_pipe(from))) number = errno;
  if (number == 0) number = spawn(p, command, to[0], from[1]);
  if (to[0] >= 0) close(to[0]);
  if (from[1] >= 0) close(from[1]);
  if (number != 0) {
    if (to[1] >= 0) close(to[1]);
    if (from[0] >= 0) close(from[0]);
    free(p);
    tool_fail(TOOL_MODEL, "--command '%.100s' could not be started: %s", command, strerror(number));
    return NULL;
  }
  p->in = to[1];
  p->out = from[0];
  p->n_features = n_features;
  p->quiet = quiet;
  fcntl(p->in, F_SETFL, O_NONBLOCK);
  fcntl(p->out, F_SETFL, O_NONBLOCK);
  return p;
}

static bool ended(program *p, double seconds, int *status) {
  const double begin = run_now();
  do {
    const pid_t got = waitpid(p->pid, status, WNOHANG);
    if (got == p->pid || (got < 0 && errno != EINTR)) return true;
    const struct timespec pause = { 0, 5000000 };
    nanosleep(&pause, NULL);
  } while (run_now() - begin < seconds);
  return false;
}

void program_stop(program *p) {
  int status = 0;
  if (!p) return;
  if (p->in >= 0) close(p->in);
  if (p->out >= 0) close(p->out);
  if (p->pid > 0 && !ended(p, 2, &status)) {
    kill(-p->pid, SIGTERM);
    if (!ended(p, 1, &status)) {
      kill(-p->pid, SIGKILL);
      while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) continue;
    }
  }
  free(p->sent);
  free(p->got);
  free(p);
}

/* Why its output ended. */
static void describe_end(program *p, char *out, size_t size) {
  int status = 0;
  if (!ended(p, 2, &status)) {
    snprintf(out, size, "it closed its output");
    return;
  }
  p->pid = 0;
  if (WIFSIGNALED(status)) snprintf(out, size, "signal %d ended it", WTERMSIG(status));
  else snprintf(out, size, "it ended with exit code %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* ---- rows out, lines in ---- */

TOOL_PRINTF(3, 4)
static int32_t fail(program *p, metagame_error *err, const char *format, ...) {
  char text[400], whole[500];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  snprintf(whole, sizeof whole, "--command, after %llu rows: %s", (unsigned long long)p->n_rows, text);
  metagame_error_set(err, whole);
  return 1;
}

static bool reserve(char **text, size_t *room, size_t wanted) {
  if (wanted <= *room) return true;
  char *moved = realloc(*text, wanted);
  if (!moved) return false;
  *text = moved;
  *room = wanted;
  return true;
}

static bool print_rows(program *p, const double *rows, size_t n_rows, size_t *size) {
  const size_t count = n_rows * p->n_features;
  if (count > SIZE_MAX / NUMBER_ROOM || !reserve(&p->sent, &p->sent_room, count * NUMBER_ROOM)) return false;
  char *to = p->sent;
  for (size_t k = 0; k < count; ++k)
    to += snprintf(to, NUMBER_ROOM, "%.17g%c", rows[k], (k + 1) % p->n_features ? ',' : '\n');
  *size = (size_t)(to - p->sent);
  return true;
}

/* One line of exactly n_outputs numbers; with n_outputs 0, of any number of them, which is then told. */
static const char *read_line(const char *line, size_t length, double *values, uint32_t *n_outputs) {
  char text[64];
  uint32_t count = 0;
  for (size_t at = 0; at < length;) {
    const size_t begin = at;
    while (at < length && !strchr(", \t\r", line[at])) ++at;
    if (at > begin) {
      if (at - begin >= sizeof text) return "a word is no number";
      memcpy(text, line + begin, at - begin);
      text[at - begin] = '\0';
      double value;
      if (!parse_real(text, &value)) return "a word is no finite number";
      if (values && count < *n_outputs) values[count] = value;
      ++count;
    }
    if (at < length) ++at;
  }
  if (*n_outputs == 0) *n_outputs = count;
  return count == 0 ? "a line is empty" : count == *n_outputs ? NULL : "the number of values is not that of the first line";
}

static int32_t take_lines(program *p, double *values, size_t n_rows, size_t *done, metagame_error *err) {
  size_t used = 0;
  while (*done < n_rows) {
    const char *line = p->got + used, *end = memchr(line, '\n', p->n_got - used);
    if (!end) break;
    const char *wrong = read_line(line, (size_t)(end - line), values ? values + *done * p->n_outputs : NULL, &p->n_outputs);
    if (wrong) return fail(p, err, "%s: '%.*s'", wrong, (int)(end - line > 80 ? 80 : end - line), line);
    used += (size_t)(end - line) + 1;
    ++*done;
    ++p->n_rows;
  }
  memmove(p->got, p->got + used, p->n_got - used);
  p->n_got -= used;
  if (p->n_got > MOST_LINE && *done < n_rows) return fail(p, err, "a line has more than %d bytes", MOST_LINE);
  if (*done == n_rows && p->n_got > 0) return fail(p, err, "it wrote more lines than it was given rows");
  return 0;
}

/* What there is, once. 0: go on; 1: an error. */
static int32_t take_bytes(program *p, metagame_error *err) {
  if (!reserve(&p->got, &p->got_room, p->n_got + CHUNK)) return fail(p, err, "no memory");
  const ssize_t got = read(p->out, p->got + p->n_got, p->got_room - p->n_got);
  if (got > 0) p->n_got += (size_t)got;
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return 0;
  char why[80];
  describe_end(p, why, sizeof why);
  return fail(p, err, "%s", why);
}

static void hint(program *p, double begin) {
  if (p->quiet || p->hinted || p->n_rows > 0 || run_now() - begin < PATIENCE) return;
  p->hinted = true;
  tool_note("--command has not answered its first row for %d s; it must write a line for each row, and flush it", PATIENCE);
}

static int32_t exchange(program *p, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  size_t size = 0, sent = 0, done = 0;
  const double begin = run_now();
  if (!print_rows(p, rows, n_rows, &size)) return fail(p, err, "no memory");
  while (done < n_rows) {
    struct pollfd ends[2] = { { p->out, POLLIN, 0 }, { p->in, POLLOUT, 0 } };
    if (run_interrupted()) return fail(p, err, "interrupted");
    const int ready = poll(ends, sent < size ? 2 : 1, 200);
    if (ready < 0 && errno != EINTR) return fail(p, err, "%s", strerror(errno));
    hint(p, begin);
    if (ready <= 0) continue;
    if (ends[0].revents) {
      const int32_t code = take_bytes(p, err);
      if (code) return code;
      if (take_lines(p, values, n_rows, &done, err)) return 1;
    }
    if (sent < size && ends[1].revents) {
      const ssize_t put = write(p->in, p->sent + sent, size - sent);
      if (put > 0) sent += (size_t)put;
      else if (put < 0 && errno == EPIPE) sent = size; /* its output tells why it ended */
      else if (put < 0 && errno != EAGAIN && errno != EINTR) return fail(p, err, "%s", strerror(errno));
    }
  }
  return sent == size ? 0 : fail(p, err, "it answered rows that it had not read");
}

int32_t METAGAME_CALL program_evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  return exchange(user, rows, n_rows, values, err);
}

int program_probe(program *p, const double *row, uint32_t *n_outputs) {
  metagame_error err = METAGAME_ERROR_INIT;
  p->n_outputs = 0;
  if (exchange(p, row, 1, NULL, &err)) return tool_fail(run_interrupted() ? TOOL_PARTIAL : TOOL_MODEL, "%s", err.message);
  *n_outputs = p->n_outputs;
  return TOOL_OK;
}
