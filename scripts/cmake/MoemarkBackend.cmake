# The back end that a build is for, and where CUDA and NCCL are. The preset mpi needs neither: with
# their headers it has tests that run the other back end's sources on fakes of both.
set(MOEMARK_BACKEND mpi CACHE STRING "mpi (host memory, Open MPI) or nccl (CUDA devices, NCCL)")
set_property(CACHE MOEMARK_BACKEND PROPERTY STRINGS mpi nccl)

find_path(MOEMARK_CUDA_INCLUDE cuda_runtime_api.h
  HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES include)
find_path(MOEMARK_NCCL_INCLUDE nccl.h
  HINTS ENV NCCL_HOME ENV NCCL_ROOT ${MOEMARK_CUDA_INCLUDE} PATHS /usr/local/cuda
  PATH_SUFFIXES include)
mark_as_advanced(MOEMARK_CUDA_INCLUDE MOEMARK_NCCL_INCLUDE)

if(MOEMARK_BACKEND STREQUAL mpi)
  set(MOEMARK_BACKEND_LAYERS comm_mpi kernels_host device_host)
elseif(MOEMARK_BACKEND STREQUAL nccl)
  set(MOEMARK_BACKEND_LAYERS comm_nccl kernels_cuda device_cuda)
  find_library(MOEMARK_NCCL_LIBRARY nccl
    HINTS ENV NCCL_HOME ENV NCCL_ROOT ${MOEMARK_NCCL_INCLUDE}/.. PATHS /usr/local/cuda
    PATH_SUFFIXES lib lib64)
  find_package(CUDAToolkit 12.0 QUIET)
  if(NOT CUDAToolkit_FOUND)
    message(FATAL_ERROR "The back end nccl needs a CUDA toolkit, 12.0 or later, and none is found: "
      "put its nvcc on the PATH or set CUDAToolkit_ROOT. The preset mpi needs none.")
  endif()
  if(NOT MOEMARK_NCCL_INCLUDE OR NOT MOEMARK_NCCL_LIBRARY)
    message(FATAL_ERROR "The back end nccl needs NCCL, 2.19 or later, and its nccl.h or libnccl.so "
      "is not found: set NCCL_HOME to the folder that has include/ and lib/ (with NVIDIA's Python "
      "package it is site-packages/nvidia/nccl).")
  endif()
  # sm_80 and later as machine code, the last also as PTX for what comes after it.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90-real;100")
  endif()
  if(NOT CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE})
  endif()
  enable_language(CUDA)
  # CMake 3.25 does not know that nvcc 12 and later speak C++20.
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
else()
  message(FATAL_ERROR "MOEMARK_BACKEND is '${MOEMARK_BACKEND}'; it may be mpi or nccl.")
endif()
