"""What optimisers share: groups of parameters with their options, a state for each parameter, steps in place.

An optimiser is one rule, ``update(parameter, gradient, state, options, number)``, in plain operators. On arrays its
``-=`` works in place; on the stand-ins of a trace it writes nodes. So the rule that a compiled step holds is this one.
"""

from numbers import Real

from karpathy_course.ops.array_library import namespace
from karpathy_course.tensor import Tensor

NOT_NEGATIVE = ("lr", "weight_decay", "momentum", "eps", "alpha")
# What `lr_scheduler` writes into a group beside the optimiser's own options.
SCHEDULED = ("initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum")


class Optimizer:
    """Changes parameters by their gradients. params: Tensors, or dicts ``{"params": Tensors, option: value, …}``.

    param_groups: those dicts, every option in each; a rate is changed in ``param_groups[0]["lr"]``, as in torch, and
    counts from the next step. defaults: the options of a group that does not say them. state: what is kept of each
    parameter. Raises ValueError for no or repeated parameters and for options that cannot be.
    """

    def __init__(self, params, **options):
        self.state, self.param_groups, self.defaults = {}, [], options
        groups = _in_order(type(self).__name__, params)
        if not groups:
            raise ValueError(f"{type(self).__name__}: there are no parameters: give model.parameters()")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Change these parameters too, from the next step on: ``{"params": Tensors, option: value, …}``.

        Nothing is added unless all of it can be. Raises as the constructor does.
        """
        name = type(self).__name__
        if not isinstance(param_group, dict) or "params" not in param_group:
            given = f"a {type(param_group).__name__}" if not isinstance(param_group, dict) else "one without 'params'"
            raise TypeError(f"{name}: a group is a dict {{'params': parameters, option: value}}, got {given}")
        own = param_group["params"]
        own = [own] if isinstance(own, Tensor) else _in_order(name, own)
        if unknown := param_group.keys() - self.defaults.keys() - {"params", *SCHEDULED}:
            raise ValueError(f"{name}: no option {', '.join(map(repr, sorted(unknown)))}")
        met = {id(p) for _, p, _ in self.parameters()}
        for p in own:
            if not isinstance(p, Tensor) or not p.is_leaf:
                raise TypeError(f"{name}: expected Tensors that are leaves, got {type(p).__name__}")
            if id(p) in met:
                raise ValueError(
                    f"{name}: a parameter stands twice, in one group or in two: it would be changed twice a step"
                )
            met.add(id(p))
        group = {**self.defaults, **param_group, "params": own}
        self.check(group)
        self.param_groups.append(group)

    def check(self, options):
        """Raises ValueError for options that cannot be."""
        for name in NOT_NEGATIVE:
            value = options.get(name, 0)
            if not isinstance(value, Real) or not value >= 0:
                raise ValueError(f"{type(self).__name__}: {name}={value!r}: expected a number, 0 or more")

    def kept(self, options):
        """The names of what the rule keeps of a parameter: arrays like its own, which begin at 0."""
        return ()

    def update(self, parameter, gradient, state, options, number):
        """The parameter after a step; state, a dict of arrays, is changed. number: the step's, from 1."""
        raise NotImplementedError

    def step(self):
        """Change every parameter that has a gradient, in place. One without (None) is skipped: its state too stays.

        Raises ValueError for a rate that is negative or no number.
        """
        self.check_rates()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state_of(p, group)
                    state["step"] += 1
                    p.data = self.update(p.data, p.grad, state, group, state["step"])

    def check_rates(self):
        """Raises ValueError where a group's rate, which anybody may set, is below 0 by more than rounding."""
        for group in self.param_groups:
            if not group["lr"] >= -1e-12:
                raise ValueError(f"{type(self).__name__}: lr={group['lr']}: expected 0 or more. The step was not taken")

    def state_of(self, parameter, options):
        """What is kept of a parameter; what it lacks begins now, all of it or what a changed option asks for."""
        state, names = self.state.get(parameter), self.kept(options)
        if state is None:
            state = self.state[parameter] = {"step": 0}
        if len(state) <= len(names):
            zeros_like = namespace(parameter.data).zeros_like
            state.update({name: zeros_like(parameter.data) for name in names if name not in state})
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
        """Go on from such a state, of this library or of torch; nothing is changed unless all of it fits.

        Raises ValueError: what does not fit, or what the state has that this optimiser would ignore.
        """
        if state_dict.keys() != {"state", "param_groups"}:
            raise ValueError(f"load_state_dict: expected 'state' and 'param_groups', got {sorted(state_dict)}")
        saved, groups = state_dict["state"], state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        if (found := [len(group["params"]) for group in groups]) != sizes:
            raise ValueError(
                f"load_state_dict: the state is of {found} parameters in groups, the optimiser has {sizes}"
            )
        if unknown := saved.keys() - set(range(sum(sizes))):
            raise ValueError(f"load_state_dict: the state of parameter {min(unknown)}: there are {sum(sizes)}, from 0")
        options = [self._options(group) for group in groups]
        places = [k for k, group in enumerate(self.param_groups) for _ in group["params"]]
        new = {
            p: self._checked(k, p, {**group, **options[places[k]]}, saved[k])
            for k, p, group in self.parameters()
            if k in saved
        }
        self.state = new
        for own, group in zip(self.param_groups, options):
            own.update(group)

    def _options(self, group):
        """The saved options that this optimiser has; ValueError for another one that is not switched off."""
        known = {name: value for name, value in group.items() if name in self.defaults or name in SCHEDULED}
        ignored = [name for name, value in group.items() if value and name not in known and name != "params"]
        if ignored:
            raise ValueError(
                f"load_state_dict: the state has {ignored[0]}={group[ignored[0]]!r}: "
                f"{type(self).__name__} has no such option"
            )
        self.check({**self.defaults, **known})
        return known

    def _checked(self, k, p, options, saved):
        xp, names = namespace(p.data), self.kept(options)
        begun = any(value is not None for value in saved.values())  # torch's SGD does not count its steps
        state = {"step": int(saved.get("step", begun))}
        unknown = [name for name, value in saved.items() if value is not None and name not in ("step", *names)]
        if unknown:
            raise ValueError(
                f"load_state_dict: {unknown[0]} of parameter {k}: {type(self).__name__} keeps no such thing"
            )
        for name in names:
            if saved.get(name) is None or tuple(saved[name].shape) != p.shape:
                found = "missing" if saved.get(name) is None else tuple(saved[name].shape)
                raise ValueError(f"load_state_dict: {name} of parameter {k}: {found}, expected shape {p.shape}")
            value = saved[name]
            if hasattr(value, "detach") and type(value) is not type(p.data):
                value = value.detach().cpu().numpy()
            state[name] = xp.asarray(value, dtype=p.data.dtype, device=p.data.device, copy=True)
        return state

    def __repr__(self):
        groups = (", ".join(f"{k}={v}" for k, v in group.items() if k != "params") for group in self.param_groups)
        return f"{type(self).__name__}({'; '.join(groups)})"


def _in_order(name, params):
    """The parameters as a list. TypeError for one Tensor alone, and for a set, whose order may change with each run."""
    if isinstance(params, (Tensor, set, frozenset)):
        kind = "one alone" if isinstance(params, Tensor) else "a set"
        raise TypeError(f"{name}: expected the parameters in a list, got {kind}: give model.parameters()")
    return list(params)
