// In sanitizer builds every program keeps what was loaded: Open MPI unloads its components in
// MPI_Finalize, and a leak in an unloaded file has no name that a suppression could match.
extern "C" int dlclose(void* /*handle*/) {
  return 0;
}
