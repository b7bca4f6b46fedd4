// The NCCL back end has no window yet: memory that ranks of a host store into needs NCCL's device
// API (symmetric windows), and plain MPI windows are no device memory. What asks for one is
// skipped.
#include "comm/shared_window.hpp"

#include "model/errors.hpp"

namespace moemark::comm {

struct SharedWindow::State {};

SharedWindow::SharedWindow(const Communicator& /*communicator*/, TrafficCounter counter,
                           std::span<const std::size_t> /*section_bytes*/)
    : counter_(std::move(counter)) {
  throw CaseSkipped("the nccl back end has no windows that ranks store into");
}

// Nothing gets this far: no window is ever made.
SharedWindow::~SharedWindow() = default;
SharedWindow::SharedWindow(SharedWindow&& other) noexcept = default;
SharedWindow& SharedWindow::operator=(SharedWindow&& other) noexcept = default;
std::span<std::byte> SharedWindow::part(int /*peer*/, std::size_t /*section*/) const {
  return {};
}
std::span<std::byte> SharedWindow::claim(int /*peer*/, std::size_t /*section*/,
                                         std::size_t /*first_byte*/, std::size_t /*bytes*/,
                                         Cargo /*cargo*/) {
  return {};
}
void SharedWindow::barrier(device::Stream& /*stream*/) {}

}  // namespace moemark::comm
