// An ordered queue of work on the device. Which device is decided at link time.
#pragma once

namespace moemark::device {

class Stream {
 public:
  Stream();
  ~Stream();  // NOLINT(performance-trivially-destructible): only the host's frees nothing
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Returns when everything queued so far is done.
  void synchronize();

  // The back end's own handle (a cudaStream_t), for its sources only; null on the host.
  [[nodiscard]] void* native() const { return native_; }

 private:
  void* native_ = nullptr;
};

}  // namespace moemark::device
