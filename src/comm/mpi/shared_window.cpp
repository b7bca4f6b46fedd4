// Shared memory of a host over MPI-3 windows.
#include "comm/shared_window.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "comm/mpi/check.hpp"
#include "model/errors.hpp"

namespace moemark::comm {
namespace {

constexpr std::size_t line_bytes = 64;
// Where Open MPI keeps the windows of a host.
constexpr const char* shared_memory_folder = "/dev/shm";

std::size_t whole_lines(std::size_t bytes) {
  return (bytes + line_bytes - 1) / line_bytes * line_bytes;
}

// MPI promises no alignment: room for moving the start up to a cache line.
std::size_t with_room(std::span<const std::size_t> section_bytes) {
  std::size_t total = line_bytes;
  for (const std::size_t bytes : section_bytes) total += whole_lines(bytes);
  return total;
}

// Where memory is too small only the rank that creates the segment learns it, and the others wait
// for ever: ask first, and agree.
void require_room(const Communicator& communicator, std::size_t own_bytes) {
  const auto all_bytes = communicator.all_gather_value(own_bytes);
  const std::size_t needed = std::accumulate(all_bytes.begin(), all_bytes.end(), std::size_t{0});
  std::error_code unknown;
  const auto space = std::filesystem::space(shared_memory_folder, unknown);
  const std::uint64_t free_bytes = communicator.broadcast_value<std::uint64_t>(
      unknown ? std::numeric_limits<std::uint64_t>::max() : space.available);
  if (needed > free_bytes) {
    throw CaseSkipped(fmt::format("needs {} bytes of shared memory, {} has {}", needed,
                                  shared_memory_folder, free_bytes));
  }
}

}  // namespace

struct SharedWindow::State {
  State(const Communicator& its_communicator, std::span<const std::size_t> section_bytes);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Communicator communicator;
  MPI_Win window = MPI_WIN_NULL;
  std::size_t sections;
  std::vector<std::span<std::byte>> parts;  // [ranks, sections]
};

SharedWindow::State::State(const Communicator& its_communicator,
                           std::span<const std::size_t> section_bytes)
    : communicator(its_communicator.share()), sections(section_bytes.size()) {
  MPI_Info info = MPI_INFO_NULL;
  check(MPI_Info_create(&info));
  // Parts need not follow each other, so each may start on a page of its own.
  check(MPI_Info_set(info, "alloc_shared_noncontig", "true"));
  // The result is a pointer, which MPI takes as void*.
  void* own = nullptr;
  const int code =
      MPI_Win_allocate_shared(static_cast<MPI_Aint>(with_room(section_bytes)), /*disp_unit=*/1,
                              info, communicator.handle().comm, static_cast<void*>(&own), &window);
  MPI_Info_free(&info);
  check(code);
  check(MPI_Win_lock_all(MPI_MODE_NOCHECK, window));

  const std::vector<std::size_t> all_bytes = communicator.all_gather_values(section_bytes);
  for (int rank = 0; rank < communicator.size(); ++rank) {
    MPI_Aint size = 0;
    int unit = 0;
    void* start = nullptr;
    check(MPI_Win_shared_query(window, rank, &size, &unit, static_cast<void*>(&start)));
    auto room = static_cast<std::size_t>(size);
    auto* section = static_cast<std::byte*>(std::align(line_bytes, 0, start, room));
    for (std::size_t i = 0; i < sections; ++i) {
      parts.emplace_back(section, all_bytes[static_cast<std::size_t>(rank) * sections + i]);
      section += whole_lines(parts.back().size());
    }
  }
}

SharedWindow::State::~State() {
  if (window == MPI_WIN_NULL) return;
  MPI_Win_unlock_all(window);
  MPI_Win_free(&window);
}

SharedWindow::SharedWindow(const Communicator& communicator, TrafficCounter counter,
                           std::span<const std::size_t> section_bytes)
    : counter_(std::move(counter)) {
  require_room(communicator, with_room(section_bytes));
  state_ = std::make_unique<State>(communicator, section_bytes);
}

SharedWindow::~SharedWindow() = default;
SharedWindow::SharedWindow(SharedWindow&& other) noexcept = default;
SharedWindow& SharedWindow::operator=(SharedWindow&& other) noexcept = default;

std::span<std::byte> SharedWindow::part(int peer, std::size_t section) const {
  return state_->parts[static_cast<std::size_t>(peer) * state_->sections + section];
}

std::span<std::byte> SharedWindow::claim(int peer, std::size_t section, std::size_t first_byte,
                                         std::size_t bytes, Cargo cargo) {
  counter_.count_send(peer, bytes, cargo);
  return part(peer, section).subspan(first_byte, bytes);
}

void SharedWindow::barrier(device::Stream& /*stream*/) {
  check(MPI_Win_sync(state_->window));
  state_->communicator.barrier();
  check(MPI_Win_sync(state_->window));
}

}  // namespace moemark::comm
