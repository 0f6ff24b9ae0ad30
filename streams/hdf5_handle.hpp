#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "streams/hdf5_file.hpp"

namespace geod::streams {

/// `hid_t` of the library, whose header stays out of ours.
using Hdf5Id = std::int64_t;

/// Takes the library for one call and keeps it from printing its error stack. It is built
/// thread-safe in some distributions and not in others.
class Hdf5Lock {
 public:
  Hdf5Lock();

 private:
  std::scoped_lock<std::mutex> lock_;
};

/// Closes an object of the library. Use under Hdf5Lock.
class Hdf5Object {
 public:
  using Close = int (*)(Hdf5Id);
  Hdf5Object(Hdf5Id id, Close close) : id_(id), close_(close) {}
  ~Hdf5Object() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  Hdf5Object(const Hdf5Object&) = delete;
  Hdf5Object& operator=(const Hdf5Object&) = delete;
  Hdf5Id id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  Hdf5Id id_;
  Close close_;
};

class Hdf5File::Handle {
 public:
  Handle(Hdf5Id id, std::string name) : id_(id), name_(std::move(name)) {}
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Hdf5Id id() const { return id_; }
  const std::string& name() const { return name_; }

 private:
  Hdf5Id id_;
  std::string name_;
};

}  // namespace geod::streams
