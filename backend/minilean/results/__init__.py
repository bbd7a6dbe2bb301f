"""Sampling, charts and result files: what LEAN's ``BacktestingResultHandler`` does.

The engine calls it so (times are int microseconds UTC; all calls from the engine's thread)::

    handler = ResultHandler(job, output)       # results.result_handler; views.BacktestJob, messages.MessageOutput
    handler.set_algorithm(view)                # after initialize; views.AlgorithmView; captures the start value
    handler.sample_period                      # microseconds, for the line "Sample Period Set: 04.00"
    handler.refresh_start_value()              # when warm-up ends (LEAN captures the start value again)

Each slice, and once with ``force=True`` after ``on_end_of_algorithm`` (`exit` forces the second time itself)::

    handler.process_synchronous_events(slice_view, force=False)   # reads view.utc_time; slice_view may be None

"Daily Sampling" at each midnight, and once with the time of the last slice::

    handler.sample(utc)

Fills and prices::

    handler.order_event(event, rate)           # every order event, after the portfolio was updated
    handler.trade_builder.set_market_price(sid, price)    # each update of a security's price
    handler.trade_builder.process_fill(Fill(...))         # each fill, as LEAN's portfolio does
    handler.trade_builder.apply_split(sid, factor)        # splits of raw prices
    handler.trade_builder.closed_trades                   # algorithm.trade_builder reads it
    handler.charts                             # results.charts.UserCharts: plot(...), add_chart(...)
    handler.set_runtime_statistic(name, text)
    handler.set_summary_statistic(name, text)

Messages (``text`` carries its own time prefix, as LEAN's algorithm makes it; see results.messages)::

    handler.messages.debug(text) / .log(text) / .error(text)      # queued, drained with the samples
    handler.messages.system_debug(text)        # "Launching analysis for ..." and "... completed in ..."; at once
    handler.messages.system_log(text)          # "Algorithm Stopped"; at once
    handler.runtime_error(message, stack_trace)           # at run time; kept for ``state`` and the log
    handler.initialization_error(message, stack_trace)    # import, constructor, initialize; `exit` shows it

The end::

    handler.statistics() / handler.summary()   # algorithm.statistics: figures so far
    handler.store_intermediate("Running")      # the running ``{id}.json``; the launcher decides when
    handler.data_monitor.record(path, succeeded=True)     # every data file asked for, not map and factor files
    handler.exit()                             # "Exit(): starting...", forced sample, ``{id}-log.txt``
    handler.send_final_result("Completed")     # files, STATISTICS:: lines, "Processed final packet"
    handler.write_data_report()                # data monitor files; returns counts, .lines() to print
"""
