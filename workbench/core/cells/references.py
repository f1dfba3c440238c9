"""Where the cells and their options come from, as BibTeX."""

from __future__ import annotations

ELMAN_1990 = """@article{elman1990finding,
  author = {Elman, Jeffrey L.},
  title = {Finding structure in time},
  journal = {Cognitive Science},
  volume = {14}, number = {2}, pages = {179--211}, year = {1990}
}"""
LE_2015 = """@misc{le2015simple,
  author = {Le, Quoc V. and Jaitly, Navdeep and Hinton, Geoffrey E.},
  title = {A simple way to initialize recurrent networks of rectified linear units},
  eprint = {1504.00941}, archivePrefix = {arXiv}, year = {2015}
}"""
HOCHREITER_1997 = """@article{hochreiter1997long,
  author = {Hochreiter, Sepp and Schmidhuber, J{\\"u}rgen},
  title = {Long short-term memory},
  journal = {Neural Computation},
  volume = {9}, number = {8}, pages = {1735--1780}, year = {1997}
}"""
GERS_2000_FORGET = """@article{gers2000learning,
  author = {Gers, Felix A. and Schmidhuber, J{\\"u}rgen and Cummins, Fred},
  title = {Learning to forget: continual prediction with {LSTM}},
  journal = {Neural Computation},
  volume = {12}, number = {10}, pages = {2451--2471}, year = {2000}
}"""
GERS_2000_PEEPHOLE = """@inproceedings{gers2000recurrent,
  author = {Gers, Felix A. and Schmidhuber, J{\\"u}rgen},
  title = {Recurrent nets that time and count},
  booktitle = {Proceedings of the International Joint Conference on Neural Networks},
  volume = {3}, pages = {189--194}, year = {2000}
}"""
GREFF_2017 = """@article{greff2017lstm,
  author = {Greff, Klaus and Srivastava, Rupesh K. and Koutn{\\'i}k, Jan and Steunebrink, Bas R. and
            Schmidhuber, J{\\"u}rgen},
  title = {{LSTM}: a search space odyssey},
  journal = {IEEE Transactions on Neural Networks and Learning Systems},
  volume = {28}, number = {10}, pages = {2222--2232}, year = {2017}
}"""
OLAH_2015 = """@misc{olah2015understanding,
  author = {Olah, Christopher},
  title = {Understanding {LSTM} networks},
  howpublished = {https://colah.github.io/posts/2015-08-Understanding-LSTMs/}, year = {2015}
}"""
CHO_2014 = """@inproceedings{cho2014learning,
  author = {Cho, Kyunghyun and van Merri{\\"e}nboer, Bart and Gulcehre, Caglar and Bahdanau, Dzmitry and
            Bougares, Fethi and Schwenk, Holger and Bengio, Yoshua},
  title = {Learning phrase representations using {RNN} encoder-decoder for statistical machine translation},
  booktitle = {Proceedings of EMNLP},
  pages = {1724--1734}, year = {2014}
}"""
CHUNG_2014 = """@misc{chung2014empirical,
  author = {Chung, Junyoung and Gulcehre, Caglar and Cho, Kyunghyun and Bengio, Yoshua},
  title = {Empirical evaluation of gated recurrent neural networks on sequence modeling},
  eprint = {1412.3555}, archivePrefix = {arXiv}, year = {2014}
}"""
TALLEC_2018 = """@inproceedings{tallec2018can,
  author = {Tallec, Corentin and Ollivier, Yann},
  title = {Can recurrent neural networks warp time?},
  booktitle = {International Conference on Learning Representations},
  year = {2018}
}"""
SAXE_2014 = """@inproceedings{saxe2014exact,
  author = {Saxe, Andrew M. and McClelland, James L. and Ganguli, Surya},
  title = {Exact solutions to the nonlinear dynamics of learning in deep linear neural networks},
  booktitle = {International Conference on Learning Representations},
  year = {2014}
}"""
BA_2016 = """@misc{ba2016layer,
  author = {Ba, Jimmy Lei and Kiros, Jamie Ryan and Hinton, Geoffrey E.},
  title = {Layer normalization},
  eprint = {1607.06450}, archivePrefix = {arXiv}, year = {2016}
}"""
GAL_2016 = """@inproceedings{gal2016theoretically,
  author = {Gal, Yarin and Ghahramani, Zoubin},
  title = {A theoretically grounded application of dropout in recurrent neural networks},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {29}, pages = {1019--1027}, year = {2016}
}"""
KRUEGER_2017 = """@inproceedings{krueger2017zoneout,
  author = {Krueger, David and Maharaj, Tegan and Kram{\\'a}r, J{\\'a}nos and Pezeshki, Mohammad and Ballas, Nicolas
            and Ke, Nan Rosemary and Goyal, Anirudh and Bengio, Yoshua and Courville, Aaron and Pal, Chris},
  title = {Zoneout: regularizing {RNN}s by randomly preserving hidden activations},
  booktitle = {International Conference on Learning Representations},
  year = {2017}
}"""
