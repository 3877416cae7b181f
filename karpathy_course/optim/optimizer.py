"""What optimisers share: groups of parameters with their options, a state for each parameter, steps in place.

An optimiser is one rule, ``update(parameter, gradient, state, options, number)``, in plain operators. On arrays its
``-=`` works in place; on the stand-ins of a trace it writes nodes. So the rule that a compiled step holds is this one.
"""

from karpathy_course.ops.array_library import namespace
from karpathy_course.tensor import Tensor


class Optimizer:
    """Changes parameters by their gradients. params: Tensors, or dicts ``{"params": Tensors, option: value, …}``.

    param_groups: those dicts, every option in each; a rate is changed in ``param_groups[0]["lr"]``, as in torch, and
    counts from the next step. state: what is kept of each parameter. Raises ValueError for no or repeated parameters.
    """

    def __init__(self, params, **options):
        self.state, self.param_groups = {}, []
        groups = list(params)
        if not groups:
            raise ValueError(f"{type(self).__name__}: there are no parameters: give model.parameters()")
        met = set()
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            own = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
            if unknown := group.keys() - options.keys() - {"params"}:
                raise ValueError(f"{type(self).__name__}: no option {', '.join(map(repr, sorted(unknown)))}")
            for p in own:
                if not isinstance(p, Tensor) or not p.is_leaf:
                    raise TypeError(f"{type(self).__name__}: expected Tensors that are leaves, got {type(p).__name__}")
                if id(p) in met:
                    raise ValueError(
                        f"{type(self).__name__}: a parameter stands twice: it would be changed twice a step"
                    )
                met.add(id(p))
            self.param_groups.append({**options, **group, "params": own})
        for group in self.param_groups:
            self.check(group)

    def check(self, options):
        """Raises ValueError for options that cannot be."""
        for name, value in options.items():
            if name in ("lr", "weight_decay", "momentum", "eps") and not value >= 0:
                raise ValueError(f"{type(self).__name__}: {name}={value}: expected 0 or more")

    def begin(self, parameter, options):
        """{name: array} that the rule keeps of a parameter, before the first step; arrays like its own."""
        return {}

    def update(self, parameter, gradient, state, options, number):
        """The parameter after a step; state, a dict of arrays, is changed. number: the step's, from 1."""
        raise NotImplementedError

    def step(self):
        """Change every parameter that has a gradient, in place."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state_of(p, group)
                    state["step"] += 1
                    p.data = self.update(p.data, p.grad, state, group, state["step"])

    def state_of(self, parameter, options):
        """What is kept of a parameter; begun where it has not been met."""
        state = self.state.get(parameter)
        if state is None:
            state = self.state[parameter] = {"step": 0, **self.begin(parameter.data, options)}
        return state

    def zero_grad(self):
        """Forget the gradients: each ``grad`` is None again, as torch does by default."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def parameters(self):
        """(number, parameter, its group) of all, in order."""
        pairs = ((p, group) for group in self.param_groups for p in group["params"])
        return ((k, p, group) for k, (p, group) in enumerate(pairs))

    def state_dict(self):
        """Plain data and arrays: {"state": {number: {name: value}}, "param_groups": [options, "params": numbers]}.

        The arrays are the optimiser's own: copy what must not change.
        """
        number = {id(p): k for k, p, _ in self.parameters()}
        groups = [{**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[id(p)]: dict(state) for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Go on from such a state; nothing is changed unless all of it fits. Raises ValueError: what does not fit."""
        saved, groups = state_dict["state"], state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        if (found := [len(group["params"]) for group in groups]) != sizes:
            raise ValueError(
                f"load_state_dict: the state is of {found} parameters in groups, the optimiser has {sizes}"
            )
        new = {}
        for k, p, group in self.parameters():
            if k in saved:
                new[p] = self._checked(k, p, group, saved[k])
        self.state = new
        for own, group in zip(self.param_groups, groups):
            own.update({name: value for name, value in group.items() if name in own and name != "params"})

    def _checked(self, k, p, group, saved):
        xp, state = namespace(p.data), {"step": int(saved.get("step", 0))}
        for name, like in self.begin(p.data, group).items():
            if name not in saved or tuple(saved[name].shape) != p.shape:
                found = tuple(saved[name].shape) if name in saved else "missing"
                raise ValueError(f"load_state_dict: {name} of parameter {k}: {found}, expected shape {p.shape}")
            state[name] = xp.asarray(saved[name], dtype=like.dtype, device=like.device, copy=True)
        return state

    def __repr__(self):
        groups = (", ".join(f"{k}={v}" for k, v in group.items() if k != "params") for group in self.param_groups)
        return f"{type(self).__name__}({'; '.join(groups)})"
