#pragma once

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/estimate.hpp"
#include "tests/support/fake_engine.hpp"

namespace geod::test {

/// A fake engine that serves bundle `name`-1 of a scalar task; `gain` as of fake_overlay.
inline std::unique_ptr<FakeEngine> scalar_engine(models::Manifest base,
                                                 models::Task task,
                                                 const std::string& name,
                                                 float gain = 1.0F) {
  base.task = task;
  auto engine = std::make_unique<FakeEngine>(base);
  models::Manifest bundle = base;
  bundle.name = name;
  bundle.version = "1";
  bundle.scalar.sigma = task == models::Task::kBaz ? 20.0 : 0.25;
  auto network =
      engine->prepare(fake_overlay(bundle, std::string(64 - name.size(), '0') + name, gain));
  EXPECT_TRUE(network);
  engine->replace(std::move(*network));
  return engine;
}

/// One a scalar task, all of one base.
inline std::map<models::Task, std::unique_ptr<FakeEngine>> scalar_engines(
    const models::Manifest& base) {
  std::map<models::Task, std::unique_ptr<FakeEngine>> engines;
  for (const std::string_view name : kScalarTasks) {
    const models::Task task = *models::parse_task(name);
    engines[task] = scalar_engine(base, task, "fake-" + std::string(name));
  }
  return engines;
}

}  // namespace geod::test
