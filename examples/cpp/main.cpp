// SPDX-License-Identifier: MIT
// C++11: handles in unique_ptr, statuses as exceptions, and exceptions of a callback carried through the C library.
//
// A value game of the host's: v(S) = f(x_S), f = x1 + x1 x2^2 at x = (3, 2), absent 0, I = x1 x2^2 = 12. Solved directly
// it gives the Shapley values x1 + I/2 and I/2; the metagame of those is x1, I/2 | I/2, 0; that of occlusion x1, I | I, 0.
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <metagame.h>

struct Release {
  void operator()(metagame_game *game) const { metagame_game_destroy(game); }
  void operator()(metagame_result *result) const { metagame_result_destroy(result); }
};
using Game = std::unique_ptr<metagame_game, Release>;
using Result = std::unique_ptr<metagame_result, Release>;

static void check(metagame_status status, const metagame_error &err) {
  if (status != METAGAME_OK) throw std::runtime_error(std::string(metagame_status_name(status)) + ": " + err.message);
}

// An exception must not pass through C: it is kept here, the C side sees a nonzero code, and solve() throws it again.
struct Host {
  std::function<double(uint64_t)> value;
  std::exception_ptr thrown;
};

extern "C" {
static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  Host *host = static_cast<Host *>(user);
  try {
    for (size_t r = 0; r < n_masks; r++) rows[r] = host->value(masks[r]);
    return 0;
  } catch (...) {
    host->thrown = std::current_exception();
    metagame_error_set(err, "an exception was thrown");
    return 1;
  }
}
}

static Game make_game(Host &host, uint32_t n_players) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = n_players;
  function.user = &host;  // outlives the game here, so no destroy
  function.evaluate = evaluate;
  metagame_game *out = nullptr;
  metagame_error err{};
  metagame_status status = metagame_game_from_function(&out, &function, nullptr, &err);
  Game game(out);
  check(status, err);
  return game;
}

static Game attribute(const Game &values, const char *name) {
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = name;
  metagame_game *out = nullptr;
  metagame_error err{};
  metagame_status status = metagame_game_attribute(&out, values.get(), &method, &err);
  Game game(out);
  check(status, err);
  return game;
}

static Result solve(Host &host, const Game &game) {
  metagame_result *out = nullptr;
  metagame_error err{};
  host.thrown = nullptr;
  metagame_status status = metagame_solve(&out, game.get(), nullptr, &err);
  Result result(out);
  if (host.thrown) std::rethrow_exception(host.thrown);
  check(status, err);
  return result;
}

static bool show(const char *title, const Result &result, const double *expected, int n) {
  bool right = true;
  std::printf("%s:", title);
  for (int k = 0; k < n; k++) {
    std::printf(" %g", metagame_result_matrix(result.get())[k]);
    right = right && std::fabs(metagame_result_matrix(result.get())[k] - expected[k]) <= 1e-12;
  }
  std::printf("\n");
  return right;
}

int main() {
  try {
    const double values[] = {9, 6}, shapley[] = {3, 6, 6, 0}, occlusion[] = {3, 12, 12, 0};
    Host host;
    host.value = [](uint64_t mask) {
      const double x1 = mask & 1 ? 3.0 : 0.0, x2 = mask & 2 ? 2.0 : 0.0;
      return x1 + x1 * x2 * x2;
    };
    Game game = make_game(host, 2);
    bool right = show("values", solve(host, game), values, 2);
    right = show("shapley", solve(host, attribute(game, "shapley")), shapley, 4) && right;
    right = show("occlusion", solve(host, attribute(game, "occlusion")), occlusion, 4) && right;

    host.value = [](uint64_t) -> double { throw std::domain_error("thrown in the callback"); };
    bool caught = false;
    try {
      solve(host, game);
    } catch (const std::domain_error &e) {
      caught = true;
      std::printf("caught: %s\n", e.what());
    }
    right = right && caught;
    std::printf("%s\n", right ? "ok" : "WRONG");
    return right ? 0 : 1;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
