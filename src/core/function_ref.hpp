// A reference to a callable, for parameters: two pointers, no allocation. It must not outlive the
// call it is passed to.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace core {

template <class Signature>
class FunctionRef;

template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
public:
    template <class Callable>
    requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>)
        FunctionRef(Callable&& callable)  // NOLINT: implicit, so that a lambda can be passed
        : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
          invoke_([](void* target, Arguments... arguments) -> Result {
              return (*static_cast<std::remove_reference_t<Callable>*>(target))(
                  std::forward<Arguments>(arguments)...);
          }) {}

    Result operator()(Arguments... arguments) const {
        return invoke_(callable_, std::forward<Arguments>(arguments)...);
    }

private:
    void* callable_;
    Result (*invoke_)(void*, Arguments...);
};

}  // namespace core
