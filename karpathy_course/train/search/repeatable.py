"""Optuna's TPE sampler, with random numbers that belong to the place in the study and not to the process.

Optuna's own sampler holds one stream of random numbers in memory: a study that is resumed starts that stream anew and
proposes its first parameters again. Here each trial has a stream of its own, from the study's seed and from how many
trials have ended before it. A trial that was cut off has not ended: the one that repeats it gets the same stream.
"""

import numpy as np
import optuna
from optuna.trial import TrialState

FAILED = "failed"  # the attribute that says why a trial has no value; one that was cut off has no such attribute


class RepeatableSampler(optuna.samplers.BaseSampler):
    """Tree-structured Parzen estimator (Bergstra et al. 2011); the trial of each place is drawn by its own generator.

    The first 10 trials that end are drawn at random, as Optuna does.
    """

    def __init__(self, seed):
        self.seed = seed
        self._sampler = optuna.samplers.TPESampler(seed=seed)

    def before_trial(self, study, trial):
        place = len(ended(study))
        own = np.random.SeedSequence([self.seed, place]).generate_state(1)[0]
        self._sampler = optuna.samplers.TPESampler(seed=int(own))

    def infer_relative_search_space(self, study, trial):
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(self, study, trial, search_space):
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(self, study, trial, param_name, param_distribution):
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


def ended(study):
    """The trials that count: those with a value, the pruned ones, and those that failed by what they computed."""
    done = (TrialState.COMPLETE, TrialState.PRUNED)
    trials = study.get_trials(deepcopy=False, states=(*done, TrialState.FAIL))
    return [trial for trial in trials if trial.state in done or FAILED in trial.user_attrs]
