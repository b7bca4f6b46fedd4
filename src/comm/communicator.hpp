// The control plane: who takes part, agreement and small host values. Never carries payload, never
// touches device memory.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace moemark::comm {

// MPI from start to end of main, for one thread a rank; yields while it waits when this host has
// more ranks than usable cores.
class Session {
 public:
  Session(int* argc, char*** argv);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // First line of MPI_Get_library_version.
  static std::string library_version();
  // Ends every rank of the job with this exit code; for failures that other ranks do not share.
  [[noreturn]] static void abort(int exit_code);
};

class Communicator {
 public:
  static Communicator world();
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  // A second owner of the same ranks; calls of both must not overlap in time.
  [[nodiscard]] Communicator share() const { return Communicator(handle_); }
  // Collective: ranks of equal color form a new communicator, ordered by key.
  [[nodiscard]] Communicator split(int color, int key) const;
  // Collective: for each rank the lowest rank that shares memory (a host) with it.
  [[nodiscard]] std::vector<int> host_of_rank() const;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool is_root() const { return rank_ == 0; }

  void barrier() const;
  void broadcast(std::span<std::byte> bytes, int root) const;
  [[nodiscard]] std::string broadcast(std::string text, int root) const;
  // Equal lengths: `all` holds every rank's part in rank order.
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) const;
  // Equal blocks: block d of `send` goes to rank d, block s of `receive` came from rank s.
  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) const;
  // Parts of any length, concatenated in rank order on rank 0 (empty elsewhere).
  [[nodiscard]] std::vector<std::byte> gather(std::span<const std::byte> mine) const;

  template <class T>
  [[nodiscard]] T broadcast_value(T value, int root = 0) const {
    static_assert(std::is_trivially_copyable_v<T>);
    broadcast(std::as_writable_bytes(std::span(&value, 1)), root);
    return value;
  }
  template <class T>
  [[nodiscard]] std::vector<T> all_gather_values(std::span<const T> mine) const {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> all(mine.size() * static_cast<std::size_t>(size_));
    all_gather(std::as_bytes(mine), std::as_writable_bytes(std::span(all)));
    return all;
  }
  template <class T>
  [[nodiscard]] std::vector<T> all_gather_value(T mine) const {
    return all_gather_values(std::span<const T>(&mine, 1));
  }

  // The first rank's failure text, if any rank has one: every rank learns the same.
  [[nodiscard]] std::optional<std::string> first_failure(
      const std::optional<std::string>& mine) const;

  // From any thread: whoever waits for a device on behalf of these ranks, or of ranks split from
  // them, stops with an error. What waits inside MPI cannot.
  void give_up() const;
  [[nodiscard]] bool has_given_up() const;

  // The back end's handle, for sources of comm/ only.
  struct Handle;
  [[nodiscard]] const Handle& handle() const { return *handle_; }

 private:
  explicit Communicator(std::shared_ptr<Handle> handle);
  std::shared_ptr<Handle> handle_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace moemark::comm
