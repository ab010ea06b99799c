"""JSONata details of the States Language that ministack leaves out."""
import contextvars
import copy
import threading

from ministack.services import stepfunctions as sfn


def _whole_numbers(value):
    """AWS writes a JSONata number without a fraction as an integer (`4 / 2` is `2`); the Python engine yields `2.0`."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole_numbers(item) for item in value]
    return value


def _fill_numbers() -> None:
    evaluate = sfn._evaluate_jsonata
    sfn._evaluate_jsonata = lambda *args, **kwargs: _whole_numbers(evaluate(*args, **kwargs))


# The Python engine, beside a whole ring on this machine, is slower than AWS's: its second is no yardstick here.
EVALUATION_LIMIT_MS = 10_000


def _fill_time_limit() -> None:
    parse = sfn.jsonata.Jsonata.jsonata
    sfn.jsonata.Jsonata.jsonata = staticmethod(lambda *args, **more: parse(*args, **{**more, "timeout": EVALUATION_LIMIT_MS}))


def is_jsonata(state_def, ctx) -> bool:
    return sfn._state_query_language(state_def, ctx) == "JSONata"


def evaluated(state_def, fields, raw_input, ctx):
    """A copy of the state in which the named fields, expressions or not, are values. AWS allows an expression in each."""
    out = dict(state_def)
    if is_jsonata(state_def, ctx):
        for field in fields:
            if field in out:
                out[field] = sfn._apply_jsonata_template(out[field], raw_input, ctx)
    return out


def finish(state_def, raw_input, result, ctx):
    """A state's output and its assignments after its result is there, in either query language."""
    if is_jsonata(state_def, ctx):
        output = sfn._apply_jsonata_output(state_def, raw_input, ctx, result=result, default=result)
        sfn._apply_state_assign(state_def, raw_input, ctx, result=result)
        return output
    output = sfn._apply_result_path(state_def, raw_input, sfn._apply_result_selector(state_def, result))
    return sfn._apply_output_path(state_def, output, ctx)


def succeed_output(state_def, raw_input, ctx):
    """A Succeed state's `Output` (ministack ignores it)."""
    if is_jsonata(state_def, ctx):
        return sfn._apply_jsonata_output(state_def, raw_input, ctx, default=raw_input)
    return sfn._apply_output_path(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)


def _choice(state_def, raw_input, ctx=None):
    """A Choice state's own `Output` counts for its Default, and for a rule without one (ministack ignores it)."""
    output, next_name = _ministack_choice(state_def, raw_input, ctx)
    chosen = next((rule for rule in state_def.get("Choices", []) if rule.get("Next") == next_name and "Output" in rule), None)
    if is_jsonata(state_def, ctx) and chosen is None and "Output" in state_def:
        output = sfn._apply_jsonata_output(state_def, raw_input, ctx, default=raw_input)
    return output, next_name


_ministack_choice = sfn._execute_choice


def _parallel(state_def, raw_input, execution, ctx):
    """Parallel with JSONata `Arguments`, `Output` and `Assign`, each branch with a context of its own.

    ministack shares one context between the branches, so that one branch's task token overwrites another's.
    """
    if is_jsonata(state_def, ctx):
        effective = sfn._apply_jsonata_arguments(state_def, raw_input, ctx)
    else:
        effective = sfn._apply_parameters(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)
    branches = state_def.get("Branches", [])
    results, errors = [None] * len(branches), [None] * len(branches)

    def run(index, branch):
        try:
            results[index] = sfn._run_sub_machine(branch["States"], branch["StartAt"], effective, execution, copy.deepcopy(ctx))
        except Exception as error:  # noqa: BLE001 - every end of a branch is reported by the state
            errors[index] = error

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, index, branch), daemon=True)
        for index, branch in enumerate(branches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        if error is not None:
            raise error if isinstance(error, sfn._ExecutionError) else sfn._ExecutionError("States.BranchFailed", str(error))
    return finish(state_def, raw_input, results, ctx), sfn._next_or_end(state_def)


def fill() -> None:
    _fill_numbers()
    _fill_time_limit()
    sfn._execute_choice = _choice
    sfn._run_parallel_branches = _parallel
