// Linked into a collective_perf of its own (--wrap): the library's all-reduce, one element off on
// every rank. Short ones stay true, they are the program's own bookkeeping.
namespace {

constexpr int own_elements = 64;  // at most

}  // namespace

// Open MPI's handles are pointers; its header stays below src/comm.
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {
int __real_MPI_Allreduce(const void* send, void* receive, int count, void* type, void* operation,
                         void* communicator);
int __wrap_MPI_Allreduce(const void* send, void* receive, int count, void* type, void* operation,
                         void* communicator) {
  const int status = __real_MPI_Allreduce(send, receive, count, type, operation, communicator);
  if (count > own_elements) static_cast<float*>(receive)[count / 2] += 1.0F;
  return status;
}
}
// NOLINTEND(bugprone-reserved-identifier)
