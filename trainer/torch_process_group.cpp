#include "trainer/torch_process_group.hpp"

#include <chrono>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "trainer/process_store.hpp"

namespace geod::trainer {
namespace {

/// How long the others may take to come.
constexpr std::chrono::seconds kJoin{120};
/// How long a call may wait for the others: rank 0 validates meanwhile. A process that ended is
/// noticed at once, by its closed connections.
constexpr std::chrono::hours kPatience{6};

class AloneGroup final : public ProcessGroup {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(at::Tensor&) override {}
};

class GlooGroup final : public ProcessGroup {
 public:
  explicit GlooGroup(c10::intrusive_ptr<c10d::ProcessGroupGloo> group) : group_(std::move(group)) {}

  int rank() const override { return group_->getRank(); }
  int size() const override { return group_->getSize(); }

  void sum(at::Tensor& values) override {
    // Gloo adds up in host memory; on a CPU this is the tensor itself.
    std::vector<at::Tensor> host{values.to(at::kCPU).contiguous()};
    group_->allreduce(host)->wait();
    if (!host.front().is_same(values)) {
      values.copy_(host.front());
    }
  }

 private:
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

Result<c10::intrusive_ptr<c10d::Store>> open_store(const ProcessStore& where,
                                                   const WorldOptions& world) {
  if (where.is_file()) {
    return c10::make_intrusive<c10d::FileStore>(where.path, world.size);
  }
  c10d::TCPStoreOptions options;
  options.port = where.port;
  options.isServer = world.rank == 0;
  options.numWorkers = static_cast<std::size_t>(world.size);
  options.timeout = kJoin;
  if (options.isServer) {
    const auto listening = listen_on(where.host, where.port);
    if (!listening) {
      return tl::unexpected(listening.error());
    }
    options.masterListenFd = *listening;  // the store's from here on
  }
  return c10::make_intrusive<c10d::TCPStore>(where.host, options);
}

class DifferentiableSum : public torch::autograd::Function<DifferentiableSum> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context,
                            const at::Tensor& values,
                            std::int64_t group) {
    context->saved_data["group"] = group;
    at::Tensor total = values.clone();
    reinterpret_cast<ProcessGroup*>(group)->sum(total);
    return total;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    at::Tensor total = gradients.front().clone();
    reinterpret_cast<ProcessGroup*>(context->saved_data["group"].toInt())->sum(total);
    return {total, {}};
  }
};

}  // namespace

std::vector<double> ProcessGroup::sum(const std::vector<double>& values) {
  if (alone()) {
    return values;
  }
  at::Tensor total = at::tensor(values, at::kDouble);
  sum(total);
  const double* begin = total.const_data_ptr<double>();
  return {begin, begin + total.numel()};
}

void ProcessGroup::sum_all(const std::vector<at::Tensor>& tensors) {
  if (alone()) {
    return;
  }
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) {
    if (tensor.defined()) {
      flat.push_back(tensor.reshape({-1}));
    }
  }
  at::Tensor total = at::cat(flat);
  sum(total);
  std::int64_t offset = 0;
  for (const at::Tensor& tensor : tensors) {
    if (tensor.defined()) {
      tensor.copy_(total.narrow(0, offset, tensor.numel()).view(tensor.sizes()));
      offset += tensor.numel();
    }
  }
}

Result<std::unique_ptr<ProcessGroup>> join_process_group(const WorldOptions& world) {
  if (world.size == 1) {
    return std::make_unique<AloneGroup>();
  }
  if (world.rank < 0 || world.rank >= world.size) {
    return fail(Errc::kConfig,
                "--rank {}: must be from 0 to {} with --world {}",
                world.rank,
                world.size - 1,
                world.size);
  }
  const auto where = ProcessStore::parse(world.store);
  if (!where) {
    return tl::unexpected(where.error());
  }
  try {
    const auto store = open_store(*where, world);
    if (!store) {
      return tl::unexpected(store.error());
    }
    (*store)->setTimeout(kJoin);
    const auto options = c10d::ProcessGroupGloo::Options::create(kPatience);
    options->devices.push_back(where->is_local()
                                   ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                   : c10d::ProcessGroupGloo::createDefaultDevice());
    return std::make_unique<GlooGroup>(
        c10::make_intrusive<c10d::ProcessGroupGloo>(*store, world.rank, world.size, options));
  } catch (const c10::Error& error) {
    return fail(Errc::kIo,
                "--store {}: the {} processes did not come together: {}",
                world.store,
                world.size,
                error.what_without_backtrace());
  }
}

at::Tensor differentiable_sum(ProcessGroup& group, const at::Tensor& values) {
  return group.alone() ? values
                       : DifferentiableSum::apply(values, reinterpret_cast<std::int64_t>(&group));
}

}  // namespace geod::trainer
